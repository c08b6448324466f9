#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decoded.h"
#include "results/spool/lane_state.h"
#include "results/spool/sample.h"
#include "results/upstream/sinks.h"

namespace gaikei::testing {

/// What a lane keeps, in memory.
class KeptStates final : public LaneStates {
 public:
  std::optional<std::string> Load(std::int64_t series) override;
  void Store(const std::vector<LaneState>& changed);

  std::map<std::int64_t, std::string> states;
};

PostResponse Answer(int status, std::string body = {},
                    std::vector<std::pair<std::string, std::string>> headers = {});
/// 204, with the headers of 2.0 where the request was one.
PostResponse Success(const PostRequest& request);

/// Answers whatever is posted, when it is told to.
class FakeTransport final : public Transport {
 public:
  std::function<PostResponse(const PostRequest&)> answer = &Success;
  std::vector<PostRequest> requests;  ///< all that were posted

  std::unique_ptr<Call> Post(PostRequest request, Done done) override;
  bool IsBusy() const { return static_cast<bool>(done_); }
  /// Answers the one in flight.
  void Run();

 private:
  struct Flight;
  Done done_;
};

/// Series that a request is about, by Key().
using SeriesByKey = std::map<std::string, DecodedSeries>;
/// Decodes what was posted, as its headers say. A series that stands in it twice fails the test.
SeriesByKey Decoded(const PostRequest& request);

/// Outcomes as items of a spool.
class ItemMaker {
 public:
  /// `at`: when it was over.
  SpoolItem Sampled(const Outcome& outcome, WallTime at);
  SpoolItem Departed(const std::string& check, WallTime at, const std::string& region = "tokyo");
  SpoolItem RolledUp(const std::vector<SpoolItem>& samples);
  std::shared_ptr<const SampleSeries> SeriesOf(const Outcome& outcome);

 private:
  Sequence next_ = 1;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const SampleSeries>> series_;
};

/// A sink with what surrounds it.
struct Rig {
  Rig();

  /// The sink made anew from what was kept, as after a restart.
  void Restart();
  /// One delivery: all of `items` that it takes, in as many requests as it wants. Settled where it
  /// was taken, or `gives_up` the point it stands at, discarded otherwise.
  Verdict DeliverSome(const std::vector<const SpoolItem*>& items, bool gives_up = false);
  Verdict Deliver(const std::vector<SpoolItem>& items, bool gives_up = false);
  Verdict Deliver(const SpoolItem& item, bool gives_up = false) {
    return DeliverSome({&item}, gives_up);
  }
  /// The next request of what was prepared.
  Verdict Send();
  /// The last request that was posted.
  SeriesByKey LastRequest() const { return Decoded(transport.requests.back()); }

  UpstreamSpec spec;
  SenderIdentity sender;
  KeptStates states;
  FakeTransport transport;
  std::unique_ptr<Sink> sink;
  Sink::Limits limits;
  std::size_t covered = 0;  ///< items of the last delivery
  ItemMaker make;
};

/// Items can be moved, and not copied.
template <class... Items>
std::vector<SpoolItem> ItemsOf(Items&&... items) {
  std::vector<SpoolItem> all;
  (all.push_back(std::forward<Items>(items)), ...);
  return all;
}

/// 2026-11-23T03:48:00Z plus that.
WallTime At(Span after);
std::int64_t MillisAt(Span after);

}  // namespace gaikei::testing
