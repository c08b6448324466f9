#include <spdlog/spdlog.h>

#include <cstdio>

#include "probe/commands/commands.h"
#include "probe/commands/load.h"
#include "probe/commands/one_shot.h"
#include "probe/output/exit_code.h"
#include "probe/output/writer.h"
#include "probe/terminal.h"
#include "probe/upstreams.h"
#include "results/time.h"

namespace gaikei {
namespace {

/// Outcomes are recorded and sent in batches of at most so many.
constexpr std::size_t kBatch = 256;

/// Delivers outcomes: recorder and upstreams, in batches.
class Delivery {
 public:
  Delivery(Recorder& recorder, std::vector<std::unique_ptr<Upstream>> upstreams)
      : recorder_(recorder), upstreams_(std::move(upstreams)) {}

  void Take(Outcome outcome) {
    batch_.push_back(std::move(outcome));
    if (batch_.size() >= kBatch) Send();
  }
  /// True when every outcome has been delivered to every upstream.
  bool Finish() {
    Send();
    recorder_.Commit();
    bool is_complete = true;
    for (const auto& upstream : upstreams_) {
      upstream->Flush();
      if (upstream->dropped() > 0) {
        is_complete = false;
        std::fprintf(stderr, "gaikei: upstream %s: %llu samples could not be delivered\n",
                     std::string(upstream->name()).c_str(),
                     static_cast<unsigned long long>(upstream->dropped()));
      }
    }
    return is_complete;
  }

 private:
  void Send() {
    if (batch_.empty()) return;
    recorder_.Record(batch_);
    for (const auto& upstream : upstreams_) upstream->Send(batch_);
    batch_.clear();
  }

  Recorder& recorder_;
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::vector<Outcome> batch_;
};

/// True when an upstream writes its samples to standard output, where results would mix with them.
bool WritesToStdout(const Config& config) {
  for (const auto& upstream : config.upstreams) {
    if (upstream.jsonl.path == "-") return true;
  }
  return false;
}

}  // namespace

int RunOnceCommand(const CommandLine& line) {
  OneShotOptions options;
  if (line.deadline) {
    options.deadline = ParseDuration(*line.deadline);
    if (!options.deadline || *options.deadline <= Span::zero()) {
      std::fprintf(stderr, "gaikei: --deadline: \"%s\" is no duration\n", line.deadline->c_str());
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
  auto upstreams = MakeUpstreams(loaded->config.upstreams);
  if (!upstreams) {
    std::fprintf(stderr, "gaikei: %s\n", upstreams.error().c_str());
    return 2;
  }
  if (!loaded->heartbeats.empty()) {
    spdlog::info("{} heartbeat(s) left out: only gaikei run can hear reports",
                 loaded->heartbeats.size());
  }
  Delivery delivery(**recorder, std::move(*upstreams));
  const bool is_printing = line.common.output || !WritesToStdout(loaded->config);
  auto writer = MakeStdoutWriter(line.common, TextForm::kCompact);
  ExitCode exit_code;

  options.threads = loaded->config.probe.threads;
  options.max_in_flight = loaded->config.probe.max_in_flight;
  options.each = [&](Outcome outcome) {
    exit_code.Add(outcome);
    if (is_printing) writer->Write(outcome);
    delivery.Take(std::move(outcome));
  };
  const int signal_number = RunOneShot(std::move(loaded->plan), options);
  if (is_printing && !writer->Finish()) {
    std::fprintf(stderr, "gaikei: standard output did not take all results\n");
  }
  const bool is_delivered = delivery.Finish();
  if (signal_number != 0) return 128 + signal_number;
  if (!is_delivered) return 4;
  return line.common.output == "nagios" ? exit_code.nagios() : exit_code.value();
}

}  // namespace gaikei
