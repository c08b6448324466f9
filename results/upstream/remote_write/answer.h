#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "results/upstream/remote_write/request_writer.h"
#include "results/upstream/sink.h"
#include "results/upstream/transport.h"

namespace gaikei::remote_write {

/// What a request was, for the judgement of an answer to it.
struct AnswerContext {
  Version version = Version::kOne;    ///< that was sent
  std::size_t points = 0;             ///< of ours
  std::uint64_t samples = 0;          ///< that they stand for
  std::set<int> retry_statuses = {};  ///< UpstreamSpec::retry_statuses
  WallTime now{};                     ///< for a Retry-After that is a date
};

/// Whether the receiver does not know the version it was sent: 415, or a success that does not say
/// how much of a 2.0 request was written (a receiver of 1.0 alone has decoded an empty message).
bool IsOtherVersionWanted(const PostResponse& response, Version version);

/// What an answer means ("Prometheus Remote-Write 1.0 specification", "Retries and Backoff"; 2.0,
/// "Required Behavior of receivers"):
///
/// - 2xx: taken. With a page of HTML: no receiver answered, forbidden.
/// - No answer, 408, 425, 429, every 5xx, and what `retry_statuses` adds: retry.
/// - 413: too large.
/// - 401, 402, 403, 407; 3xx, 404, 405, 410 (no receiver at that address); 415 (another version is
///   wanted): forbidden.
/// - 400 or 409 that says that the receiver has the same sample, or newer ones, of a request of a
///   single point: taken, as duplicates.
/// - Everything else: refused. So is a sample that is too old for the receiver ("out of bounds"):
///   it has not got it.
Verdict ReadAnswer(const PostResponse& response, const AnswerContext& context);

}  // namespace gaikei::remote_write
