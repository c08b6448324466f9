#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "probe/http/server.h"
#include "results/metrics.h"
#include "results/recorder.h"
#include "scheduler/heartbeat_board.h"
#include "scheduler/planned_check.h"

namespace gaikei {

/// What one check looks like in GET /api/v1/checks.
struct CheckListing {
  std::shared_ptr<const CheckIdentity> identity;
  std::string region;
  SlotGrid grid;
  Span timeout{};
};

/// The endpoints of `gaikei run`. What is not in its table is refused. See docs/http-api.md.
///
/// Handle() may be called from any thread; the recorder and the metrics outlive it.
class Api {
 public:
  struct Hooks {
    /// Reads the configuration again; an empty text when it took effect, else every error. Blocks.
    std::function<std::string()> reload;
    /// True while the daemon plans slots.
    std::function<bool()> is_ready;
    /// Brings the process gauges up to date before metrics are rendered.
    std::function<void()> refresh_metrics;
    /// Hands on the report of a job.
    std::function<ReportAnswer(std::string_view name, std::string_view token,
                               const HeartbeatReport& report)>
        report;
    /// What is known of every heartbeat now.
    std::function<std::vector<HeartbeatState>()> heartbeats;
  };

  Api(Recorder& recorder, MetricStore& metrics, Hooks hooks);

  /// After start and after every reload.
  void SetChecks(std::vector<CheckListing> checks);
  HttpResponse Handle(const HttpRequest& request);

 private:
  struct Route;
  static const Route kRoutes[];

  HttpResponse Metrics(const HttpRequest& request);
  HttpResponse Health(const HttpRequest& request);
  HttpResponse Ready(const HttpRequest& request);
  HttpResponse Checks(const HttpRequest& request);
  HttpResponse Outcomes(const HttpRequest& request);
  HttpResponse Reload(const HttpRequest& request);
  HttpResponse Heartbeat(const HttpRequest& request);

  Recorder& recorder_;
  MetricStore& metrics_;
  Hooks hooks_;
  std::mutex mutex_;  ///< guards checks_
  std::shared_ptr<const std::vector<CheckListing>> checks_;
};

}  // namespace gaikei
