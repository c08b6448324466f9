#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "results/secret.h"
#include "results/time.h"
#include "results/upstream/sink.h"
#include "results/upstream/sinks.h"
#include "results/upstream/transport.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::mackerel {

/// One call of Mackerel's API v0 (https://mackerel.io/api-docs/).
struct ApiCall {
  std::string method = "POST";
  std::string path;       ///< with its query, from "/api/v0/" on
  std::string body;       ///< JSON; empty: none
  std::string what;       ///< for messages: "service metrics"
  std::string if_absent;  ///< what a 404 means: "there is no service shop"; empty: nothing known
};

struct ApiAnswer {
  /// kTaken: a 2xx. What each other status means stands in api.cc, in one place.
  Verdict verdict;
  int status = 0;    ///< 0: there was no answer
  std::string body;  ///< of a 2xx; JSON, or empty
};

/// Makes calls, one at a time, with the key, and tells what the answers mean. One thread.
class Api {
 public:
  using Then = std::function<void(const ApiAnswer&)>;

  /// References outlive it. `now` is the clock by which dates in answers are read.
  Api(const UpstreamSpec& spec, const SenderIdentity& sender, Transport& transport,
      std::function<WallTime()> now);

  /// `then` is called once, never inside Ask(), and may Ask() again.
  void Ask(ApiCall call, Then then);
  /// `then` is not called any more.
  void Cancel();

  /// No more than so many calls a minute are begun freely: Mackerel answers 429 to "too many" of an
  /// organisation's requests a minute and does not say how many those are.
  static constexpr unsigned kCallsPerMinute = 60;
  /// So many were made within the minute of the clock that `now` lies in.
  bool IsBusyMinute(WallTime now) const;

 private:
  ApiAnswer Judge(const ApiCall& call, const PostResponse& response) const;
  /// What Mackerel said of an error, fit to be shown; empty: nothing.
  std::string ErrorOf(const PostResponse& response) const;

  Transport& transport_;
  const std::function<WallTime()> now_;
  std::string base_;
  Secret key_;
  std::string user_agent_;
  Span timeout_;
  std::set<int> retry_statuses_;
  std::vector<Secret> secrets_;  ///< that an answer may not show

  std::unique_ptr<Transport::Call> in_flight_;
  ApiCall call_;
  Then then_;
  std::int64_t counted_minute_ = 0;
  unsigned calls_ = 0;  ///< within it
};

}  // namespace gaikei::mackerel
