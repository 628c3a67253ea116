import { tokens } from '@fluentui/react-components';

const service: Record<string, string> = {
  Free: tokens.colorPaletteGreenForeground1,
  Unrecognized: tokens.colorPaletteRedForeground1,
  Imported: tokens.colorPaletteRoyalBlueBorderActive,
  Retired: tokens.colorNeutralForeground3,
};

const own = [
  tokens.colorPaletteTealBorderActive,
  tokens.colorPalettePumpkinBorderActive,
  tokens.colorPaletteGrapeBorderActive,
  tokens.colorPaletteBrassBorderActive,
  tokens.colorPaletteMagentaBorderActive,
  tokens.colorPaletteSteelBorderActive,
  tokens.colorPaletteForestBorderActive,
  tokens.colorPaletteCranberryBorderActive,
] as const;

/** A colour for each pool that is seen, the same whatever else is seen beside it as long as the names stay. */
export function poolColours(names: readonly string[]): Map<string, string> {
  const sorted = [...new Set(names)].sort();
  const custom = sorted.filter((name) => !Object.hasOwn(service, name));
  return new Map(
    sorted.map((name) => [name, service[name] ?? own[custom.indexOf(name) % own.length] ?? own[0]] as const),
  );
}
