#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "regions/region.h"
#include "results/outcome.h"
#include "results/upstream/hub/upstream_hub.h"

namespace gaikei {

struct UpstreamThreadOptions {
  SpoolOptions spool;
  SenderIdentity sender;
  /// The way out that upstreams are reached by; never null.
  std::shared_ptr<const Region> region;
  /// Told how every lane stands, on the upstreams' thread, after each commit. May be empty.
  std::function<void(std::vector<LaneStatus>, Spool::Counts)> on_status;
};

/// How it ended.
struct UpstreamEnd {
  std::vector<LaneStatus> lanes;
  /// Samples that were lost since the start: given up, refused, or held by a process that ends.
  std::uint64_t lost = 0;
  /// Samples that wait for the next start.
  std::uint64_t kept = 0;
  /// What waited would have been kept.
  bool is_durable = false;
};

/// The upstreams' thread: spools outcomes and sends them. Neither a check nor the history waits for
/// it.
///
/// The owner's thread constructs, stops and destroys; the rest may be called from any thread.
class UpstreamThread {
 public:
  /// Opens the spool and the upstreams, and starts. The error is one line. REQUIRES: the caller
  /// holds the state directory.
  static tl::expected<std::unique_ptr<UpstreamThread>, std::string> Start(
      UpstreamThreadOptions options, const std::vector<UpstreamSpec>& upstreams);
  /// Stops, if Stop() was not called.
  ~UpstreamThread();
  UpstreamThread(const UpstreamThread&) = delete;
  UpstreamThread& operator=(const UpstreamThread&) = delete;

  /// REQUIRES: Stop() has not been called.
  void Push(std::vector<Outcome> outcomes);
  /// Replaces the upstreams behind what was pushed before. All or nothing; the error is one line.
  /// Waits for the thread to have done it.
  std::string SetUpstreams(std::vector<UpstreamSpec> upstreams);
  /// Which checks (name, region) are made from now on.
  void SetPresent(std::vector<std::pair<std::string, std::string>> checks);

  /// Delivers what waits, for `patience` at most: ends earlier when nothing waits any more or,
  /// where what waits survives the process, when every upstream that has something to come is held
  /// up. Then commits and joins. Once; a later call gives nothing.
  UpstreamEnd Stop(Span patience);
  /// Stop(), under way or to come, delivers for so long at most.
  void Hurry(Span patience);

 private:
  struct Impl;
  explicit UpstreamThread(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
