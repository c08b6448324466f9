#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "probe/output/writer.h"

/// Outcomes as the checks give them, and what a format makes of them.
namespace gaikei::output_test {

/// A wall-clock instant: 2026-11-23T03:48:00Z plus `after`.
inline WallTime At(Span after = Span{0}) { return *ParseRfc3339("2026-11-23T03:48:00Z") + after; }

inline Outcome Sample(const std::string& name = "home") {
  Outcome outcome;
  outcome.check = std::make_shared<CheckIdentity>(
      CheckIdentity{name, "http", "https://shop.example/", {{"team", "web"}}});
  outcome.region = "tokyo";
  outcome.scheduled_at = At();
  outcome.started_at = At(std::chrono::microseconds(213));
  outcome.duration = std::chrono::milliseconds(100);
  outcome.phases[Phase::kResolve] = std::chrono::milliseconds(10);
  outcome.phases[Phase::kConnect] = std::chrono::milliseconds(20);
  outcome.phases[Phase::kTls] = std::chrono::milliseconds(30);
  outcome.phases[Phase::kProcessing] = std::chrono::milliseconds(38);
  outcome.phases[Phase::kTransfer] = std::chrono::milliseconds(1);
  outcome.phases.SettleOther(outcome.duration);
  outcome.address = "192.0.2.1";
  outcome.port = 443;
  outcome.family = Family::kIpv4;
  outcome.attempts.push_back({Status::kPass, Reason::kNone, outcome.duration});
  outcome.http.emplace();
  outcome.http->status = 200;
  outcome.http->version = "2";
  outcome.http->size = 12345;
  outcome.http->wire_size = 12345;
  outcome.http->headers = {{"server", "nginx"}};
  return outcome;
}

/// A connection that was refused after 30 ms.
inline Outcome Refused(const std::string& name = "home") {
  Outcome outcome = Sample(name);
  outcome.http.reset();
  outcome.phases = Phases{};
  outcome.phases[Phase::kResolve] = std::chrono::milliseconds(10);
  outcome.phases[Phase::kConnect] = std::chrono::milliseconds(20);
  outcome.duration = std::chrono::milliseconds(30);
  outcome.Fail(Reason::kConnectRefused, Phase::kConnect,
               "connect to 192.0.2.1:443: connection refused");
  outcome.attempts = {{Status::kFail, Reason::kConnectRefused, outcome.duration}};
  return outcome;
}

inline Outcome Skipped(const std::string& name = "home") {
  Outcome outcome = Sample(name);
  outcome.http.reset();
  outcome.phases = Phases{};
  outcome.duration = Span{0};
  outcome.address.clear();
  outcome.Fail(Reason::kProberSkipped, std::nullopt, "ended before it was finished");
  outcome.attempts.clear();
  return outcome;
}

inline Outcome Slow(const std::string& name = "home") {
  Outcome outcome = Sample(name);
  outcome.status = Status::kWarn;
  outcome.reason = Reason::kExpectDuration;
  outcome.message = "warn 'duration < 50ms': was 100ms";
  outcome.expect = {{"status == 200", true, false, "200", ""},
                    {"duration < 50ms", false, true, "100ms", ""},
                    {"duration < 2s", true, false, "100ms", ""}};
  return outcome;
}

/// What the format writes for these outcomes, whole.
inline std::string Written(std::string_view format, const WriterOptions& options,
                           const std::vector<Outcome>& outcomes) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* sink = open_memstream(&text, &size);
  {
    const auto writer = MakeWriter(format, options, sink);
    for (const Outcome& outcome : outcomes) writer->Write(outcome);
    writer->Finish();
  }
  std::fclose(sink);
  std::string written(text, size);
  std::free(text);
  return written;
}

/// Plain text with UTF-8, without colours.
inline WriterOptions Plain() {
  WriterOptions options;
  options.utf8 = true;
  return options;
}

}  // namespace gaikei::output_test
