#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/sink.h"
#include "results/upstream/sinks.h"
#include "results/upstream/transport.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::testing {

/// Remembers what is posted; answers when it is told to.
class FakeTransport : public Transport {
 public:
  std::unique_ptr<Call> Post(PostRequest request, Done done) override;

  /// Answers the request in flight. REQUIRES: there is one.
  void Answer(PostResponse response);
  bool IsBusy() const { return in_flight_ != nullptr; }
  /// The last one. REQUIRES: there was one.
  const PostRequest& request() const { return requests_.back(); }
  std::size_t count() const { return requests_.size(); }
  /// Value of a field of the last request; empty: there is none.
  std::string Header(const std::string& name) const;

 private:
  struct Flight {
    Done done;
  };
  class FakeCall;

  std::vector<PostRequest> requests_;
  std::shared_ptr<Flight> in_flight_;
};

/// What would be in the database.
class MemoryStates : public LaneStates {
 public:
  std::optional<std::string> Load(std::int64_t series) override;
  void Keep(const std::vector<LaneState>& states);
  const std::map<std::int64_t, std::string>& kept() const { return kept_; }

 private:
  std::map<std::int64_t, std::string> kept_;
};

PostResponse HttpAnswer(int status, const std::string& type = "", const std::string& body = "");
/// An answer to a call; `status` in the trailers.
PostResponse GrpcAnswer(const std::string& status, const std::string& message = "",
                        const std::string& body = std::string(5, '\0'));

/// 2026-11-23T03:48:00Z, where the clocks of these tests begin.
WallTime Epoch();
SenderIdentity Sender();
/// An upstream without compression whose windows are 15 s.
UpstreamSpec OtlpUpstream();

/// A backlog as it grows.
class Backlog {
 public:
  /// An http check https://NAME.example/ in Tokyo unless told otherwise.
  std::shared_ptr<const SampleSeries> Series(const std::string& name,
                                             const std::string& kind = "http",
                                             const std::string& target = "");
  /// A sample of 250 ms (100 ms of it connect) that was over `at` after Epoch().
  Sample& Add(const std::shared_ptr<const SampleSeries>& series, Span at,
              Reason reason = Reason::kNone);
  void AddOutcome(const Outcome& outcome, bool with_json);
  void AddRollup(Rollup rollup);
  void Depart(const std::shared_ptr<const SampleSeries>& series, Span at);

  std::vector<const SpoolItem*> items() const;
  /// Those from `first` on.
  std::vector<const SpoolItem*> ItemsFrom(std::size_t first) const;

 private:
  SpoolItem& Append();

  std::deque<SpoolItem> items_;
  std::int64_t series_ = 0;
  Sequence next_ = 1;
};

}  // namespace gaikei::testing
