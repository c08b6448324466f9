#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "probe/commands/load.h"
#include "probe/http/api.h"
#include "probe/http/server.h"
#include "probe/results_thread.h"
#include "probe/upstream_thread.h"
#include "results/heartbeat_store.h"
#include "results/metrics.h"
#include "results/recorder.h"
#include "scheduler/heartbeat_thread.h"
#include "scheduler/loop_pool.h"

namespace gaikei {

/// `gaikei run`, wired: loops -> results thread (recorder, metrics) -> upstreams' thread; HTTP
/// endpoints beside them. Made by Start(), which leaves it probing; ended by Stop().
class Daemon {
 public:
  /// The error is one line, or one for each thing that is wrong.
  static tl::expected<std::unique_ptr<Daemon>, std::string> Start(ConfigSources sources,
                                                                  LoadedPlan loaded);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Reads the configuration again. All or nothing: the returned errors are empty when it took
  /// effect; otherwise nothing has changed. Unchanged checks keep phase and history. Any thread.
  std::string Reload();

  /// Plans nothing more, waits at most `grace` for what is in flight, flushes. Once.
  void Stop(Span grace);

  /// Where the HTTP endpoints listen; empty where they are switched off.
  std::string address() const;

 private:
  using SeriesKey = std::pair<std::string, std::string>;  ///< check, region

  explicit Daemon(ConfigSources sources);
  std::string StartWith(LoadedPlan loaded);
  std::string ApplyReload();
  std::string OpenHeartbeats();
  void PublishChecks(const std::vector<PlannedCheck>& plan,
                     const std::vector<PlannedHeartbeat>& heartbeats);
  void RefreshGauges();

  ConfigSources sources_;
  ProbeConfig probe_;  ///< as it was at start: these settings do not change while running
  MetricStore metrics_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<UpstreamThread> upstreams_;
  std::unique_ptr<ResultsThread> results_;
  std::unique_ptr<LoopPool> pool_;
  std::unique_ptr<HeartbeatStore> heartbeat_store_;  ///< null without a state directory
  std::unique_ptr<HeartbeatThread> heartbeats_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;

  std::atomic<bool> is_planning_{false};  ///< slots are planned: what /readyz tells
  std::mutex mutex_;                      ///< serialises Reload() and Stop(); guards the two below
  std::size_t planned_ = 0;               ///< checks in regions that are planned at present
  bool is_stopping_ = false;
};

}  // namespace gaikei
