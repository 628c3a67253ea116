/** The two points that the kill tests back up. */
import { disk, pointMetadata } from './scene.ts';

const point = (image: string, pattern: string, pointUuid: string) => ({
  image,
  content: disk(pattern, 5000),
  metadata: pointMetadata({ pointUuid }),
});

export const crashPoints = [
  point('first.img', 'aBcD', '11111111-1111-4111-8111-111111111111'),
  point('second.img', 'aX.De', '22222222-2222-4222-8222-222222222222'),
] as const;
