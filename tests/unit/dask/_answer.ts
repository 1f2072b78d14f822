/** An answer of `GET /xcore/status` with something in every field. */

import status from "../../../lib/protocol/fixtures/status.json" with { type: "json" };

export const ANSWER = { protocol: 1, preload: "0.1.0", ...status.answer.valid[0]! };
