#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "probe/commands/commands.h"
#include "probe/output/progress.h"
#include "probe/selftest/measure.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr Span kUsualDuration = std::chrono::seconds(10);
constexpr int kInconclusive = 1;

int Refuse(const std::string& why) {
  std::fprintf(stderr, "gaikei: selftest: %s\n", why.c_str());
  return 2;
}

}  // namespace

int RunSelftestCommand(const CommandLine& line) {
  Span duration = kUsualDuration;
  if (line.duration) {
    const auto parsed = ParseDuration(*line.duration);
    if (!parsed) return Refuse("--duration: no duration: " + Escape(*line.duration));
    if (*parsed < selftest::kShortest || *parsed > selftest::kLongest) {
      return Refuse("--duration is from 1s to 5m");
    }
    duration = *parsed;
  }
  const bool shows_progress = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  std::optional<Progress> progress;
  const auto measured =
      selftest::Measure(duration, [&](Span elapsed, std::size_t done, std::size_t planned) {
        if (!shows_progress) return;
        if (!progress) progress.emplace(stderr, planned);
        progress->Tick(elapsed, done);
      });
  progress.reset();
  if (!measured) return Refuse(measured.error());
  const selftest::Report& report = measured->report;
  const bool as_json = line.common.output == "json";
  const std::string text = as_json ? ReportJson(report) : ReportText(report);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return Refuse(std::string("standard output: ") + std::strerror(errno));
  }
  if (measured->signal != 0) return 128 + measured->signal;
  return report.is_conclusive() ? 0 : kInconclusive;
}

}  // namespace gaikei
