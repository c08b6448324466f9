#include "probe/daemon.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <set>

#include "probe/upstreams.h"
#include "results/counted.h"

namespace gaikei {
namespace {

/// How long the upstreams have to take what is left when the daemon stops.
constexpr Span kLastDeliveries = std::chrono::seconds(3);

}  // namespace

Daemon::Daemon(ConfigSources sources) : sources_(std::move(sources)) {}

Daemon::~Daemon() { Stop(Span::zero()); }

tl::expected<std::unique_ptr<Daemon>, std::string> Daemon::Start(ConfigSources sources,
                                                                 LoadedPlan loaded) {
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(sources)));
  if (std::string error = daemon->StartWith(std::move(loaded)); !error.empty()) {
    return tl::unexpected(std::move(error));
  }
  return daemon;
}

std::string Daemon::StartWith(LoadedPlan loaded) {
  probe_ = loaded.config.probe;
  auto recorder = Recorder::Open(RecorderOptionsFor(probe_));
  if (!recorder) return recorder.error();
  recorder_ = std::move(*recorder);
  metrics_.Restore(*recorder_);

  auto upstreams = UpstreamThread::Start(UpstreamOptionsFor(probe_, *recorder_, &metrics_),
                                         loaded.config.upstreams);
  if (!upstreams) return upstreams.error();
  upstreams_ = std::move(*upstreams);
  results_ = std::make_unique<ResultsThread>(
      *recorder_, metrics_,
      [this](std::vector<Outcome> outcomes) { upstreams_->Push(std::move(outcomes)); });
  pool_ = std::make_unique<LoopPool>(
      LoopPoolOptions{probe_.threads, probe_.load, true,
                      [](const std::string& line) { spdlog::warn("{}", line); }},
      [this](Outcome outcome) { results_->Push(std::move(outcome)); });
  if (std::string error = OpenHeartbeats(); !error.empty()) return error;

  api_ = std::make_unique<Api>(
      *recorder_, metrics_,
      Api::Hooks{
          [this] { return Reload(); }, [this] { return is_planning_.load(); },
          [this] { RefreshGauges(); },
          [this](std::string_view name, std::string_view token, const HeartbeatReport& report) {
            return heartbeats_->Report(name, token, report);
          },
          [this] { return heartbeats_->States(); }});
  PublishChecks(loaded.plan, loaded.heartbeats);
  // Before anybody can report.
  heartbeats_->SetPlan(std::move(loaded.heartbeats));
  metrics_.SetReloadSuccessful(true);
  if (!probe_.listen.empty()) {
    auto server = HttpServer::Start(
        probe_.listen, [this](const HttpRequest& request) { return api_->Handle(request); });
    if (!server) return server.error();
    server_ = std::move(*server);
  }
  pool_->SetPlan(std::move(loaded.plan));
  is_planning_ = true;
  return "";
}

std::string Daemon::OpenHeartbeats() {
  if (!probe_.state_dir.empty()) {
    auto store = HeartbeatStore::Open(probe_.state_dir,
                                      [](const std::string& error) { spdlog::error("{}", error); });
    if (!store) return store.error();
    heartbeat_store_ = std::move(*store);
  }
  heartbeats_ = std::make_unique<HeartbeatThread>(
      heartbeat_store_.get(), [this](Outcome outcome) { results_->Push(std::move(outcome)); });
  return "";
}

std::string Daemon::address() const { return server_ ? server_->address() : ""; }

void Daemon::RefreshGauges() {
  const LoopLoad load = pool_->load();
  LoadMetrics shown{load.in_flight, load.max_in_flight, load.waiting, load.overload_stage};
  const auto unfit = pool_->unfit();
  for (std::size_t i = 0; i < unfit.size(); ++i) {
    shown.unfit.emplace(Name(static_cast<Unfit>(i)), unfit[i]);
  }
  metrics_.SetLoad(shown);
  std::vector<HeartbeatTime> times;
  for (const HeartbeatState& state : heartbeats_->States()) {
    if (state.last_at) times.push_back({state.identity->name, state.region, *state.last_at});
  }
  metrics_.SetHeartbeats(std::move(times));
}

void Daemon::PublishChecks(const std::vector<PlannedCheck>& plan,
                           const std::vector<PlannedHeartbeat>& heartbeats) {
  std::set<SeriesKey> fresh;
  std::vector<CheckListing> listing;
  listing.reserve(plan.size());
  for (const PlannedCheck& check : plan) {
    fresh.emplace(check.identity->name, check.region->name);
    listing.push_back({check.identity, check.region->name, check.grid, check.timeout});
  }
  for (const PlannedHeartbeat& heartbeat : heartbeats) {
    fresh.emplace(heartbeat.identity->name, heartbeat.region);
  }
  planned_ = fresh.size();
  // On the results thread, behind whatever was already queued.
  results_->Post([this, present = std::vector<SeriesKey>(fresh.begin(), fresh.end())] {
    metrics_.SetPresent(present);
    upstreams_->SetPresent(present);
  });
  api_->SetChecks(std::move(listing));
}

std::string Daemon::Reload() {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return "this prober is stopping\n";
  const std::string errors = ApplyReload();
  metrics_.SetReloadSuccessful(errors.empty());
  if (errors.empty()) {
    spdlog::info("configuration reloaded: {} planned, each check counted in each region", planned_);
  } else {
    spdlog::error("configuration not reloaded, nothing changed:\n{}", errors);
  }
  return errors;
}

std::string Daemon::ApplyReload() {
  auto loaded = LoadAndPlan(sources_);
  if (!loaded) return loaded.error();
  if (std::string error = upstreams_->SetUpstreams(loaded->config.upstreams); !error.empty()) {
    return error + "\n";
  }

  const ProbeConfig& fresh = loaded->config.probe;
  if (fresh.listen != probe_.listen || fresh.state_dir != probe_.state_dir ||
      fresh.threads != probe_.threads || fresh.load != probe_.load || fresh.sync != probe_.sync) {
    spdlog::warn(
        "listen, state_dir, sync, threads and the limits of attempts of [probe] take effect at the "
        "next start");
  }
  // First, so that outcomes of what is new find it present.
  PublishChecks(loaded->plan, loaded->heartbeats);
  heartbeats_->SetPlan(std::move(loaded->heartbeats));
  pool_->SetPlan(std::move(loaded->plan));
  return "";
}

void Daemon::Stop(Span grace) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    is_stopping_ = true;
    is_planning_ = false;
  }
  if (pool_) pool_->Stop(grace);
  server_.reset();
  if (heartbeats_) heartbeats_->Stop();
  if (results_) results_->Stop();
  if (!upstreams_) return;
  const UpstreamEnd end = upstreams_->Stop(kLastDeliveries);
  if (end.kept > 0) spdlog::info("{} kept for the next start", Counted(end.kept, "sample"));
  if (end.lost > 0) spdlog::warn("{} given up since the start", Counted(end.lost, "sample"));
}

}  // namespace gaikei
