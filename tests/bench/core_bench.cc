// What one sample costs inside the program, piece by piece: encoding, recording, metrics, judging,
// planning. Whole checks against servers and peers are measured by run.sh beside this file.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "checks/expect/expect.h"
#include "results/metrics.h"
#include "results/outcome.h"
#include "results/outcome_json.h"
#include "results/recorder.h"
#include "scheduler/plan.h"

namespace gaikei {
namespace {

Outcome MakeOutcome(unsigned number) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "check-" + std::to_string(number);
  identity->kind = "http";
  identity->target = "https://shop.example/health";
  identity->labels = {{"team", "web"}};
  Outcome outcome;
  outcome.check = std::move(identity);
  outcome.region = "local";
  outcome.scheduled_at = WallNow();
  outcome.started_at = outcome.scheduled_at;
  outcome.lateness = std::chrono::microseconds(200);
  outcome.duration = std::chrono::microseconds(12345);
  outcome.phases[Phase::kResolve] = std::chrono::microseconds(2000);
  outcome.phases[Phase::kConnect] = std::chrono::microseconds(3000);
  outcome.phases[Phase::kTls] = std::chrono::microseconds(5000);
  outcome.phases[Phase::kProcessing] = std::chrono::microseconds(2000);
  outcome.phases[Phase::kTransfer] = std::chrono::microseconds(300);
  outcome.phases.SettleOther(outcome.duration);
  outcome.address = "192.0.2.1";
  outcome.port = 443;
  outcome.family = Family::kIpv4;
  HttpEvidence http;
  http.status = 200;
  http.version = "2";
  http.size = http.wire_size = 512;
  outcome.http = std::move(http);
  outcome.attempts = {{Status::kPass, Reason::kNone, outcome.duration}};
  return outcome;
}

void EncodeOutcome(benchmark::State& state) {
  const Outcome outcome = MakeOutcome(1);
  for (auto _ : state) benchmark::DoNotOptimize(ToJson(outcome));
}
BENCHMARK(EncodeOutcome);

void RecordAndCommit(benchmark::State& state) {
  auto recorder = Recorder::Open({});
  std::vector<Outcome> batch;
  for (unsigned i = 0; i < 1000; ++i) batch.push_back(MakeOutcome(i));
  for (auto _ : state) {
    (*recorder)->Record(batch);
    (*recorder)->Commit();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
}
BENCHMARK(RecordAndCommit)->Unit(benchmark::kMillisecond);

void ObserveMetrics(benchmark::State& state) {
  MetricStore store;
  const Outcome outcome = MakeOutcome(1);
  for (auto _ : state) store.Observe(outcome);
}
BENCHMARK(ObserveMetrics);

void CompileExpression(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(expect::Expression::Compile("status in 200..299", "http"));
  }
}
BENCHMARK(CompileExpression);

void PhasesOfManyChecks(benchmark::State& state) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < 100'000; ++i) names.push_back("check-" + std::to_string(i));
  for (auto _ : state) {
    for (const auto& name : names) {
      benchmark::DoNotOptimize(PhaseOf(name, std::chrono::seconds(60), 0, 1));
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 100'000);
}
BENCHMARK(PhasesOfManyChecks)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gaikei
