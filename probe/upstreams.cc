#include "probe/upstreams.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <string>

namespace gaikei {
namespace {

std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::vector<UpstreamMetrics> MetricsOf(const std::vector<LaneStatus>& lanes) {
  std::vector<UpstreamMetrics> all;
  for (const LaneStatus& lane : lanes) {
    const LaneAccount& account = lane.account;
    UpstreamMetrics metrics;
    metrics.name = account.name;
    metrics.produced = account.produced;
    metrics.sent = account.sent;
    metrics.rejected = account.rejected;
    metrics.duplicates = account.duplicates;
    metrics.dropped = account.dropped;
    metrics.spooled = account.spooled;
    metrics.bytes = account.bytes;
    metrics.oldest_at = account.oldest_at;
    metrics.fold_level = account.fold_level;
    metrics.deliveries = {{"taken", lane.counts.taken},
                          {"retried", lane.counts.retried},
                          {"too_large", lane.counts.too_large},
                          {"refused", lane.counts.refused},
                          {"forbidden", lane.counts.forbidden}};
    metrics.is_held_up = lane.is_held_up;
    all.push_back(std::move(metrics));
  }
  return all;
}

}  // namespace

RecorderOptions RecorderOptionsFor(const ProbeConfig& probe) {
  RecorderOptions options;
  options.state_dir = probe.state_dir;
  options.on_error = [](const std::string& text) { spdlog::error("history: {}", text); };
  options.on_state_dir = [](const std::string& text) { spdlog::error("{}", text); };
  return options;
}

UpstreamThreadOptions UpstreamOptionsFor(const ProbeConfig& probe, const Recorder& recorder,
                                         MetricStore* metrics) {
  UpstreamThreadOptions options;
  options.spool.state_dir = probe.state_dir;
  if (const auto& state_dir = recorder.state_dir()) {
    options.spool.hold = [state_dir] { return state_dir->Hold(); };
  }
  options.spool.sync = probe.sync;
  options.spool.on_error = [](const std::string& text) { spdlog::error("spool: {}", text); };
  options.region = std::make_shared<Region>();
  options.sender.region = probe.region.empty() ? "local" : probe.region;
  options.sender.host = HostName();
  options.sender.instance = fmt::format("{}/{}", options.sender.host, options.sender.region);
  options.sender.version = GAIKEI_VERSION;
  options.sender.user_agent = probe.user_agent;
  if (metrics != nullptr) {
    options.on_status = [metrics](const std::vector<LaneStatus>& lanes, Spool::Counts spool) {
      metrics->SetUpstreams(MetricsOf(lanes), {spool.errors, spool.put_aside, spool.is_degraded});
    };
  }
  return options;
}

}  // namespace gaikei
