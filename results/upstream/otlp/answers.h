#pragma once

#include <cstdint>
#include <set>

#include "results/time.h"
#include "results/upstream/otlp/signal.h"
#include "results/upstream/sink.h"
#include "results/upstream/transport.h"

namespace gaikei::otlp {

/// What an answer is judged by, beside itself.
struct AnswerContext {
  Signal signal = Signal::kMetrics;
  bool is_json = false;          ///< what was sent; an answer without a type is of the same
  std::set<int> retry_statuses;  ///< HTTP statuses that are tried again beside the protocol's
  std::uint64_t samples = 0;     ///< that the delivery carried
  WallTime now{};                ///< what dates in Retry-After are compared with
};

/// What an answer over HTTP means (opentelemetry-proto, docs/specification.md, "OTLP/HTTP
/// Response"):
///
/// - 429, 502, 503, 504, `retry_statuses`, no whole answer: again, when Retry-After says.
/// - 413: in smaller pieces.
/// - 401, 403, 404, 405, 407, 415, a redirect: not with these credentials, not at this address, not
///   this protocol. The specification would drop; it is the configuration that is wrong, so what
///   waits is kept.
/// - Every other 4xx and 5xx, 500 too: never.
/// - 2xx: taken, but for what partial_success rejects. An answer in HTML comes from something that
///   is no receiver (a portal, a login): as 404. Any other that cannot be read is taken all the
///   same, and said.
///
/// Texts of the upstream are escaped and bounded. Pure.
Verdict ReadHttpAnswer(const PostResponse& response, const AnswerContext& context);

/// What an answer over gRPC means ("OTLP/gRPC Response"):
///
/// - CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS, no status: again,
///   after the delay of a RetryInfo where there is one. RESOURCE_EXHAUSTED with a RetryInfo too;
///   without one it is too large (what gRPC says of a message beyond its limit).
/// - UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED, and what is no gRPC, or not even HTTP/2: as
///   404 above.
/// - Every other code: never.
/// - OK: taken, but for what partial_success rejects.
///
/// An HTTP status that is not 200 stands for a code (gRPC, "HTTP to gRPC Status Code Mapping"),
/// `retry_statuses` and Retry-After as above. Pure.
Verdict ReadGrpcAnswer(const PostResponse& response, const AnswerContext& context);

}  // namespace gaikei::otlp
