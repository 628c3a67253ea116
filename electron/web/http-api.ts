import type { IncomingMessage, ServerResponse } from 'node:http';
import { OpenAPIGenerator } from '@orpc/openapi';
import { OpenAPIHandler } from '@orpc/openapi/node';
import type { Router } from '@orpc/server';
import { BodyLimitPlugin } from '@orpc/server/node';
import {
  experimental_ZodSmartCoercionPlugin as ZodSmartCoercionPlugin,
  ZodToJsonSchemaConverter,
} from '@orpc/zod/zod4';
import { contract, type Contract } from '../../shared/contract/contract.ts';
import { tellingFaults } from '../hosting/engine-startup.ts';
import type { EngineContext } from '../hosting/hosted-engine.ts';
import { sendJson, sendProblem } from '../hosting/replies.ts';
import { socketLimits } from '../hosting/rpc-sockets.ts';

const prefix = '/api';

/** The contract over plain HTTP for scripts, with its description at `/api/openapi.json`. */
export class HttpApi {
  readonly #handler: OpenAPIHandler<EngineContext>;
  #description: Promise<unknown> | undefined;

  constructor(router: Router<Contract, EngineContext>, options: { onError: (error: unknown) => void }) {
    this.#handler = new OpenAPIHandler<EngineContext>(router, {
      plugins: [
        new BodyLimitPlugin<EngineContext>({ maxBodySize: socketLimits.maxPayloadBytes }),
        // Query strings carry text only: "limit=50" becomes the number that the contract asks for.
        new ZodSmartCoercionPlugin<EngineContext>(),
      ],
      interceptors: [tellingFaults(options.onError)],
    });
  }

  async answer(request: IncomingMessage, response: ServerResponse, context: EngineContext): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (path === `${prefix}/openapi.json`) {
      this.#description ??= describe();
      return sendJson(response, 200, await this.#description);
    }
    const { matched } = await this.#handler.handle(request, response, { prefix, context });
    if (!matched)
      sendProblem(response, 404, 'NOT_FOUND', 'There is no such call. GET /api/openapi.json describes all.');
  }
}

function describe(): Promise<unknown> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  return generator.generate(contract, {
    info: {
      title: 'Reelvault',
      version: '1',
      description: 'Backup, backup copy, backup to tape and restore. Send the token of running.json as a bearer token.',
    },
    servers: [{ url: prefix }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  });
}
