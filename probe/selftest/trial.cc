#include "probe/selftest/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "checks/kinds.h"
#include "results/secret.h"

namespace gaikei::selftest {
namespace {

/// Longer than any test: a check has one slot.
constexpr Span kEvery = std::chrono::hours(24);
constexpr Span kTimeout = std::chrono::seconds(5);
/// What varies: three phases of http, and the processing of tcp and dns.
constexpr std::size_t kSorts = 5;

Trial TrialAt(std::size_t index) {
  const Span delay = kDelays[index / kSorts % kDelays.size()];
  const Span least = kDelays.front();
  switch (index % kSorts) {
    case 0:
      return {Trial::Kind::kHttp, delay, least, least};
    case 1:
      return {Trial::Kind::kHttp, least, delay, least};
    case 2:
      return {Trial::Kind::kHttp, least, least, delay};
    case 3:
      return {.kind = Trial::Kind::kTcp, .processing = delay};
    default:
      return {.kind = Trial::Kind::kDns, .processing = delay};
  }
}

CheckSpec SpecOfTrial(Trial::Kind kind, std::size_t index, std::uint16_t tcp_port,
                      std::uint16_t udp_port) {
  const std::string name = fmt::format("{}.{}", index, kZone);
  CheckSpec spec;
  std::string target;
  switch (kind) {
    case Trial::Kind::kHttp:
      target = fmt::format("http://{}:{}/{}", name, tcp_port, index);
      spec.family = Family::kIpv4;
      break;
    case Trial::Kind::kTcp:
      target = fmt::format("tcp://127.0.0.1:{}", tcp_port);
      spec.tcp.dialogue = {{DialogueStep::What::kSend, Secret(fmt::format("{}\n", index), false)},
                           {DialogueStep::What::kExpect, Secret("ok", false)}};
      break;
    case Trial::Kind::kDns:
      target = fmt::format("dns://127.0.0.1:{}/{}?type=A", udp_port, name);
      break;
  }
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = std::to_string(index);
  identity->kind = Name(kind);
  identity->target = target;
  spec.identity = std::move(identity);
  spec.target = Secret(target, false);
  spec.timeout = kTimeout;
  return spec;
}

}  // namespace

std::string_view Name(Trial::Kind kind) {
  switch (kind) {
    case Trial::Kind::kHttp:
      return "http";
    case Trial::Kind::kTcp:
      return "tcp";
    case Trial::Kind::kDns:
      return "dns";
  }
  return "";
}

std::vector<Trial> MakeTrials(Span window) {
  const auto wanted = static_cast<std::size_t>(Seconds(window) * kRate);
  const std::size_t count = std::max(wanted, kSorts * kDelays.size());
  std::vector<Trial> trials;
  trials.reserve(count);
  for (std::size_t i = 0; i < count; ++i) trials.push_back(TrialAt(i));
  return trials;
}

std::vector<PlannedCheck> PlanTrials(const std::vector<Trial>& trials, std::uint16_t tcp_port,
                                     std::uint16_t udp_port) {
  auto region = std::make_shared<Region>();
  region->resolver = {fmt::format("127.0.0.1:{}", udp_port)};
  std::vector<PlannedCheck> plan;
  plan.reserve(trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const CheckSpec spec = SpecOfTrial(trials[i].kind, i, tcp_port, udp_port);
    auto check = MakeCheck(spec);
    if (!check) throw std::logic_error(check.error());
    PlannedCheck planned;
    planned.check = std::move(*check);
    planned.identity = spec.identity;
    planned.region = region;
    planned.timeout = spec.timeout;
    plan.push_back(std::move(planned));
  }
  return plan;
}

void Schedule(std::vector<PlannedCheck>& plan, WallTime begin, Span window) {
  if (plan.empty()) return;
  const Span step = window / static_cast<Span::rep>(plan.size());
  WallTime due = begin;
  for (PlannedCheck& planned : plan) {
    planned.grid = {kEvery, Span(EpochNanos(due) % kEvery.count())};
    due += step;
  }
}

}  // namespace gaikei::selftest
