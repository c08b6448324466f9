#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "results/outcome.h"
#include "results/spool/spool.h"
#include "results/upstream/lane.h"
#include "results/upstream/sinks.h"
#include "results/upstream/transport.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

struct UpstreamHubOptions {
  SpoolOptions spool;
  SenderIdentity sender;
  /// Makes the ways to the upstreams; the error is one line.
  std::function<tl::expected<std::unique_ptr<Transport>, std::string>(const UpstreamTransportSpec&)>
      transport;
  std::function<std::unique_ptr<DatagramTransport>(const StatsdSpec&)> datagrams;
  /// Told in one line that begins with the upstream's name. May be empty.
  std::function<void(const std::string&)> on_trouble;
  /// Likewise, that a trouble is over.
  std::function<void(const std::string&)> on_recovery;
  /// Called when Poll() is wanted earlier than it said.
  std::function<void()> wake;
};

/// How one lane stands, for metrics and people.
struct LaneStatus {
  LaneAccount account;
  LaneCounts counts;
  bool is_held_up = false;  ///< the last delivery was put off
  bool is_sending = false;  ///< one is in flight
  std::string trouble;      ///< why; empty: it was taken
};

/// Everything between outcomes and upstreams: the spool, and a lane for each upstream and signal.
/// Lanes are named after their upstream; what has several signals has several lanes: "otel",
/// "otel.logs", "otel.traces"; "mackerel", "mackerel.reports".
///
/// Knows no clock and no loop. One thread.
class UpstreamHub {
 public:
  /// The error is one line. REQUIRES: the caller holds the state directory.
  static tl::expected<std::unique_ptr<UpstreamHub>, std::string> Open(UpstreamHubOptions options);
  /// Stops what is in flight and commits.
  ~UpstreamHub();
  UpstreamHub(const UpstreamHub&) = delete;
  UpstreamHub& operator=(const UpstreamHub&) = delete;

  /// All or nothing; the error is one line that names the upstream. What is in flight to one that
  /// was there before is finished first.
  tl::expected<void, std::string> SetUpstreams(const std::vector<UpstreamSpec>& specs);
  void Take(std::span<const Outcome> outcomes);
  /// Which checks (name, region) are made from now on: what was said of any other ends, also what
  /// is said by an attempt that is still in flight.
  void SetPresent(std::vector<std::pair<std::string, std::string>> checks);
  /// Makes durable what was taken. Every half second or so.
  void Commit();
  /// Does what is due, and says when it wants to be called again at the latest; absent: after the
  /// next Commit(), or when `wake` was called.
  std::optional<MonoTime> Poll(MonoTime now, WallTime wall);

  /// From now on everything leaves as soon as it can, also what is usually held back for more.
  void Flush();
  /// Nothing waits and nothing is in flight.
  bool IsEmpty() const;
  /// Whatever waits is held up by its upstream.
  bool IsHeldUp() const;
  /// Whatever waits, waits for other credentials or another address: not for time to pass.
  bool IsForbidden() const;
  /// True where what waits survives the process.
  bool IsDurable() const;

  std::vector<LaneStatus> statuses() const;
  Spool::Counts spool_counts() const { return spool_->counts(); }

 private:
  class States;
  struct Served;

  explicit UpstreamHub(UpstreamHubOptions options);
  tl::expected<std::vector<std::unique_ptr<Served>>, std::string> Make(
      const std::vector<UpstreamSpec>& specs);
  std::string MakeLanes(const UpstreamSpec& given, std::vector<std::unique_ptr<Served>>& made);
  void Adopt();

  UpstreamHubOptions options_;
  std::unique_ptr<Spool> spool_;
  /// Told by SetPresent(); absent: nothing was.
  std::optional<std::set<std::pair<std::string, std::string>>> present_;
  std::vector<std::unique_ptr<Served>> served_;
  /// What takes the place of `served_` when nothing of it is in flight any more.
  std::optional<std::vector<std::unique_ptr<Served>>> successors_;
  bool is_flushing_ = false;
};

}  // namespace gaikei
