#include "results/upstream/hub/upstream_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "results/upstream/mapping.h"

namespace gaikei {
namespace {

/// Mackerel's numbers are those of whole minutes: how often it is looked whether one is over.
constexpr Span kMinuteLook = std::chrono::seconds(5);
/// Mackerel ignores check reports that are 6 hours late.
constexpr Span kOldestReport = std::chrono::minutes(5 * 60 + 55);

}  // namespace

/// What one lane remembers, out of the spool.
class UpstreamHub::States final : public LaneStates {
 public:
  States(Spool& spool, std::string lane) : spool_(spool), lane_(std::move(lane)) {}
  std::optional<std::string> Load(std::int64_t series) override {
    return spool_.LoadState(lane_, series);
  }

 private:
  Spool& spool_;
  const std::string lane_;
};

/// One lane, with all that it needs. The order is that of destruction.
struct UpstreamHub::Served {
  std::shared_ptr<const UpstreamSpec> spec;
  SpoolLane claim;
  std::unique_ptr<Transport> transport;
  std::unique_ptr<DatagramTransport> datagrams;
  std::unique_ptr<States> states;
  std::unique_ptr<Lane> lane;
};

UpstreamHub::UpstreamHub(UpstreamHubOptions options) : options_(std::move(options)) {}

UpstreamHub::~UpstreamHub() {
  successors_.reset();
  served_.clear();
}

tl::expected<std::unique_ptr<UpstreamHub>, std::string> UpstreamHub::Open(
    UpstreamHubOptions options) {
  std::unique_ptr<UpstreamHub> hub(new UpstreamHub(std::move(options)));
  auto spool = Spool::Open(hub->options_.spool);
  if (!spool) return tl::unexpected(std::move(spool.error()));
  hub->spool_ = std::move(*spool);
  return hub;
}

std::string UpstreamHub::MakeLanes(const UpstreamSpec& given,
                                   std::vector<std::unique_ptr<Served>>& made) {
  const auto kept = std::make_shared<const UpstreamSpec>(given);  // sinks look at it as they go
  const UpstreamSpec& spec = *kept;
  struct Signal {
    std::string suffix;  ///< of the lane's name
    bool wants_json;
    bool takes_rollups;
    std::function<std::unique_ptr<Sink>(Served&)> sink;
    Span max_age = Span::max();
  };
  std::vector<Signal> signals;
  const SenderIdentity& sender = options_.sender;
  switch (spec.type) {
    case UpstreamType::kOtlp:
      if (spec.otlp.has_metrics) {
        signals.push_back({"", false, true, [&](Served& served) {
                             return MakeOtlpMetricsSink(spec, sender, *served.states,
                                                        *served.transport);
                           }});
      }
      if (spec.otlp.has_logs) {
        signals.push_back({".logs", true, false, [&](Served& served) {
                             return MakeOtlpLogsSink(spec, sender, *served.transport);
                           }});
      }
      if (spec.otlp.has_traces) {
        signals.push_back({".traces", true, false, [&](Served& served) {
                             return MakeOtlpTracesSink(spec, sender, *served.transport);
                           }});
      }
      break;
    case UpstreamType::kRemoteWrite:
      signals.push_back({"", false, true, [&](Served& served) {
                           return MakeRemoteWriteSink(spec, sender, *served.states,
                                                      *served.transport);
                         }});
      break;
    case UpstreamType::kMackerel:
      if (!spec.mackerel.service.empty()) {
        signals.push_back({"", false, true, [&](Served& served) {
                             return MakeMackerelMetricsSink(spec, sender, *served.states,
                                                            *served.transport);
                           }});
      }
      if (spec.mackerel.has_check_reports) {
        signals.push_back({".reports", false, false,
                           [&](Served& served) {
                             return MakeMackerelReportsSink(spec, sender, *served.states,
                                                            *served.transport);
                           },
                           kOldestReport});
      }
      break;
    case UpstreamType::kStatsd:
      signals.push_back({"", false, true,
                         [&](Served& served) { return MakeStatsdSink(spec, *served.datagrams); }});
      break;
    case UpstreamType::kJsonl:
      signals.push_back({"", true, true, [&](Served&) { return MakeJsonlSink(spec); }});
      break;
  }
  for (const Signal& signal : signals) {
    auto served = std::make_unique<Served>();
    served->spec = kept;
    served->claim.name = spec.name + signal.suffix;
    served->claim.max_bytes = spec.max_spool;
    served->claim.max_age = std::min(spec.max_age, signal.max_age);
    served->claim.wants_json = signal.wants_json;
    served->claim.takes_rollups = signal.takes_rollups;
    if (Narrows(spec.selection)) {
      served->claim.selects = [kept](const SampleSeries& series) {
        return Selects(kept->selection, series);
      };
    }
    if (spec.type == UpstreamType::kStatsd) {
      served->datagrams = options_.datagrams(spec.statsd);
    } else if (spec.type != UpstreamType::kJsonl) {
      auto transport = options_.transport(spec.transport);
      if (!transport) return transport.error();
      served->transport = std::move(*transport);
    }
    served->states = std::make_unique<States>(*spool_, served->claim.name);
    LaneOptions lane;
    lane.name = served->claim.name;
    lane.every = spec.type == UpstreamType::kMackerel ? kMinuteLook : spec.every;
    lane.max_batch = spec.max_batch;
    lane.drain_rate = spec.drain_rate;
    lane.on_trouble = [this, name = lane.name](const std::string& text) {
      if (options_.on_trouble) options_.on_trouble(fmt::format("{}: {}", name, text));
    };
    lane.on_recovery = [this, name = lane.name](const std::string& text) {
      if (options_.on_recovery) options_.on_recovery(fmt::format("{}: {}", name, text));
    };
    const std::uint64_t seed = std::hash<std::string>{}(sender.instance + lane.name);
    served->lane = std::make_unique<Lane>(*spool_, std::move(lane), signal.sink(*served), seed);
    served->lane->OnSettled([this] {
      if (options_.wake) options_.wake();
    });
    made.push_back(std::move(served));
  }
  return "";
}

tl::expected<void, std::string> UpstreamHub::SetUpstreams(const std::vector<UpstreamSpec>& specs) {
  std::vector<std::unique_ptr<Served>> made;
  for (const UpstreamSpec& spec : specs) {
    if (std::string error = MakeLanes(spec, made); !error.empty()) {
      return tl::unexpected(fmt::format("upstream {}: {}", spec.name, error));
    }
  }
  successors_ = std::move(made);
  Adopt();
  return {};
}

void UpstreamHub::Adopt() {
  if (!successors_) return;
  for (const auto& served : served_) {
    if (served->lane->IsSending()) return;
  }
  for (const auto& successor : *successors_) {
    for (const auto& served : served_) {
      if (served->lane->name() == successor->lane->name()) successor->lane->Succeed(*served->lane);
    }
  }
  served_ = std::move(*successors_);
  successors_.reset();
  std::vector<SpoolLane> claims;
  for (const auto& served : served_) {
    claims.push_back(served->claim);
    if (is_flushing_) served->lane->Flush();
  }
  spool_->SetLanes(std::move(claims));
}

void UpstreamHub::Take(std::span<const Outcome> outcomes) {
  spool_->Append(outcomes);
  if (!present_) return;
  for (const Outcome& outcome : outcomes) {
    const std::pair key(outcome.check->name, outcome.region);
    // It was in flight when its check was removed.
    if (present_->count(key) == 0) spool_->Depart(key.first, key.second);
  }
}

void UpstreamHub::SetPresent(std::vector<std::pair<std::string, std::string>> checks) {
  present_.emplace(checks.begin(), checks.end());
  for (const auto& [check, region] : spool_->Present()) {
    if (present_->count({check, region}) == 0) spool_->Depart(check, region);
  }
}

void UpstreamHub::Commit() { spool_->Commit(); }

std::optional<MonoTime> UpstreamHub::Poll(MonoTime now, WallTime wall) {
  std::optional<MonoTime> next;
  for (const auto& served : served_) {
    if (successors_) {
      served->lane->Conclude(now);
      continue;
    }
    const auto wish = served->lane->Poll(now, wall);
    if (wish && (!next || *wish < *next)) next = wish;
  }
  if (successors_) {
    Adopt();
    if (!successors_) return now;
  }
  return next;
}

void UpstreamHub::Flush() {
  is_flushing_ = true;
  for (const auto& served : served_) served->lane->Flush();
}

bool UpstreamHub::IsEmpty() const {
  return !successors_ && std::all_of(served_.begin(), served_.end(),
                                     [](const auto& served) { return served->lane->IsEmpty(); });
}

bool UpstreamHub::IsHeldUp() const {
  return !successors_ && std::all_of(served_.begin(), served_.end(), [](const auto& served) {
    return served->lane->IsEmpty() || (served->lane->IsHeldUp() && !served->lane->IsSending());
  });
}

bool UpstreamHub::IsForbidden() const {
  return !successors_ && std::all_of(served_.begin(), served_.end(), [](const auto& served) {
    return served->lane->IsEmpty() || (served->lane->IsForbidden() && !served->lane->IsSending());
  });
}

bool UpstreamHub::IsDurable() const {
  return !options_.spool.state_dir.empty() && spool_->is_durable();
}

std::vector<LaneStatus> UpstreamHub::statuses() const {
  std::vector<LaneStatus> statuses;
  for (const auto& served : served_) {
    const Lane& lane = *served->lane;
    statuses.push_back({spool_->account(lane.name()), lane.counts(), lane.IsHeldUp(),
                        lane.IsSending(), lane.trouble()});
  }
  return statuses;
}

}  // namespace gaikei
