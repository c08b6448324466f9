#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "probe/commands/commands.h"
#include "probe/commands/interruption.h"
#include "probe/commands/load.h"
#include "probe/commands/one_shot.h"
#include "probe/output/exit_code.h"
#include "probe/output/writer.h"
#include "probe/terminal.h"
#include "probe/upstreams.h"
#include "results/counted.h"
#include "results/text.h"
#include "results/time.h"

namespace gaikei {
namespace {

/// Outcomes are recorded and sent in batches of at most so many.
constexpr std::size_t kBatch = 256;

/// Of a deadline, what is left for the upstreams after the last check: a quarter, and 5 s at most.
Span ReserveOf(Span deadline) { return std::min<Span>(deadline / 4, std::chrono::seconds(5)); }

/// Without a deadline the upstreams have so long; longer where nothing that is left survives.
constexpr Span kPatience = std::chrono::seconds(10);
constexpr Span kPatienceInMemory = std::chrono::seconds(30);
/// Of a deadline, what it takes to commit and leave.
constexpr Span kLastWords = std::chrono::milliseconds(200);
/// After a signal, whenever it comes. A second one ends the process at once.
constexpr Span kPatienceInterrupted = std::chrono::seconds(2);

/// Hands outcomes on to recorder and upstreams, in batches.
class Delivery {
 public:
  Delivery(Recorder& recorder, UpstreamThread& upstreams)
      : recorder_(recorder), upstreams_(upstreams) {}

  void Take(Outcome outcome) {
    batch_.push_back(std::move(outcome));
    if (batch_.size() >= kBatch) PassOn();
  }
  /// Gives what became of all of them.
  UpstreamEnd Finish(Span patience) {
    PassOn();
    recorder_.Commit();
    return upstreams_.Stop(patience);
  }

 private:
  void PassOn() {
    if (batch_.empty()) return;
    recorder_.Record(batch_);
    upstreams_.Push(std::move(batch_));
    batch_.clear();
  }

  Recorder& recorder_;
  UpstreamThread& upstreams_;
  std::vector<Outcome> batch_;
};

/// Says what each upstream has not got, and why.
void Tell(const UpstreamEnd& end) {
  for (const LaneStatus& lane : end.lanes) {
    if (lane.account.spooled == 0) continue;
    std::string why = lane.trouble;
    if (why.empty() && lane.is_sending) why = "no answer yet";
    spdlog::warn("upstream {}: {} not delivered{}{}", lane.account.name,
                 Counted(lane.account.spooled, "sample"), why.empty() ? "" : ": ", why);
  }
  if (end.kept > 0) spdlog::info("{} kept for the next run", Counted(end.kept, "sample"));
  if (end.lost > 0) {
    fmt::print(stderr, "gaikei: {} could be neither delivered nor kept\n",
               Counted(end.lost, "sample"));
  }
}

/// Says what it means that nothing survives this run.
void TellEphemeral(const Config& config) {
  if (!config.probe.state_dir.empty()) return;
  for (const UpstreamSpec& upstream : config.upstreams) {
    if (upstream.type == UpstreamType::kRemoteWrite) {
      spdlog::info(
          "upstream {}: without [probe] state_dir counters begin at zero in every run, and say so: "
          "increase() is right; the label instance is left out",
          upstream.name);
    } else if (upstream.type == UpstreamType::kOtlp && upstream.otlp.has_metrics &&
               upstream.otlp.temporality == OtlpSpec::Temporality::kCumulative) {
      spdlog::warn(
          "upstream {}: without [probe] state_dir counters begin at zero in every run; "
          "temporality = \"delta\" lets the receiver add them up",
          upstream.name);
    }
  }
  if (!config.upstreams.empty()) {
    spdlog::info("no [probe] state_dir: samples that cannot be delivered in this run are lost");
  }
}

/// Says so where there is a state directory and the disk takes nothing.
void TellUnkept(const Config& config, bool has_spool, bool has_history) {
  const std::string& state_dir = config.probe.state_dir;
  if (state_dir.empty() || (has_spool && has_history)) return;
  std::fprintf(stderr, "gaikei: %s of this run is kept in %s: the disk takes nothing\n",
               has_spool || has_history ? "not all" : "nothing", Escape(state_dir).c_str());
}

/// True when an upstream writes its samples to standard output, where results would mix with them.
bool WritesToStdout(const Config& config) {
  for (const auto& upstream : config.upstreams) {
    if (upstream.type == UpstreamType::kJsonl && upstream.jsonl.path == "-") return true;
  }
  return false;
}

}  // namespace

int RunOnceCommand(const CommandLine& line) {
  const MonoTime began = MonoNow();
  OneShotOptions options;
  std::optional<Span> deadline;
  if (line.deadline) {
    deadline = ParseDuration(*line.deadline);
    if (!deadline || *deadline <= Span::zero()) {
      std::fprintf(stderr, "gaikei: --deadline: \"%s\" is no duration above 0s, such as 55s\n",
                   line.deadline->c_str());
      return 2;
    }
  }
  auto loaded = LoadAndPlan(line.common.sources);
  if (!loaded) {
    std::fputs(loaded.error().c_str(), stderr);
    return 2;
  }
  auto recorder = Recorder::Open(RecorderOptionsFor(loaded->config.probe));
  if (!recorder) {
    std::fprintf(stderr, "gaikei: %s\n", recorder.error().c_str());
    return 2;
  }
  UpstreamThreadOptions upstream_options =
      UpstreamOptionsFor(loaded->config.probe, **recorder, nullptr);
  upstream_options.sender.is_ephemeral = loaded->config.probe.state_dir.empty();
  auto upstreams = UpstreamThread::Start(std::move(upstream_options), loaded->config.upstreams);
  if (!upstreams) {
    std::fprintf(stderr, "gaikei: %s\n", upstreams.error().c_str());
    return 2;
  }
  if (!loaded->heartbeats.empty()) {
    spdlog::info("{} left out: only gaikei run can hear reports",
                 Counted(loaded->heartbeats.size(), "heartbeat"));
  }
  TellEphemeral(loaded->config);
  // From here on to the end: what waits for an upstream must not be lost to a signal.
  const Interruption interruption([&upstreams] { (*upstreams)->Hurry(kPatienceInterrupted); });
  Delivery delivery(**recorder, **upstreams);
  const bool is_printing = line.common.output || !WritesToStdout(loaded->config);
  auto writer = MakeStdoutWriter(line.common, TextForm::kCompact);
  ExitCode exit_code;

  if (deadline) {
    const Span reserve = loaded->config.upstreams.empty() ? Span::zero() : ReserveOf(*deadline);
    options.deadline = std::max(*deadline - reserve - (MonoNow() - began), Span::zero());
  }
  options.threads = loaded->config.probe.threads;
  options.load = loaded->config.probe.load;
  options.watches_itself = true;
  options.each = [&](Outcome outcome) {
    exit_code.Add(outcome);
    if (is_printing) writer->Write(outcome);
    delivery.Take(std::move(outcome));
  };
  const int ended_by = RunOneShot(std::move(loaded->plan), options);
  if (is_printing && !writer->Finish()) {
    std::fprintf(stderr, "gaikei: standard output did not take all results\n");
  }
  Span patience = (*recorder)->is_durable() ? kPatience : kPatienceInMemory;
  if (deadline) patience = std::max(*deadline - (MonoNow() - began) - kLastWords, Span::zero());
  if (ended_by != 0) patience = std::min(patience, kPatienceInterrupted);
  const UpstreamEnd end = delivery.Finish(patience);
  Tell(end);
  TellUnkept(loaded->config, end.is_durable, (*recorder)->is_durable());
  const int signal_number = ended_by != 0 ? ended_by : interruption.signal_number();
  if (signal_number != 0) return 128 + signal_number;
  if (line.common.output == "nagios") return exit_code.nagios();
  return end.lost > 0 ? 4 : exit_code.value();
}

}  // namespace gaikei
