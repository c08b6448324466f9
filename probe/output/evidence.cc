#include "probe/output/evidence.h"

#include <fmt/format.h>

#include "probe/output/evidence_block.h"
#include "probe/output/explain.h"
#include "results/counted.h"

namespace gaikei {
namespace {

void AddAddress(const Observation& seen, Block& block) {
  if (seen.address.empty()) return;
  const std::string_view family = seen.family == Family::kIpv6 ? "IPv6" : "IPv4";
  if (seen.port == 0) return block.Add("address", fmt::format("{} ({})", seen.address, family));
  block.Add("address", fmt::format("{} port {} ({})", seen.address, seen.port, family));
}

void AddRedirects(const HttpEvidence& http, Block& block) {
  for (const HttpHop& hop : http.redirects) {
    block.Add("redirects",
              fmt::format("{} {} {} {} ({})", hop.status, hop.url, block.style().Arrow(),
                          hop.location, FormatDuration(hop.duration)));
  }
}

void AddProxy(const ProxyEvidence& proxy, std::string_view dot, Block& block) {
  std::vector<std::string> facts = {
      proxy.address.empty() ? proxy.type : fmt::format("{} {}", proxy.type, proxy.address)};
  if (proxy.status != 0) facts.push_back(fmt::format("CONNECT {}", proxy.status));
  if (proxy.duration > Span(0)) facts.push_back(FormatDuration(proxy.duration) + " of connect");
  block.Add("proxy", Join(facts, dot));
}

/// How the request got there, and what went along with it.
void AddWay(const HttpEvidence& http, std::string_view dot, Block& block) {
  if (http.token_duration) {
    block.Add("token", fmt::format("asked for before, {}", FormatDuration(*http.token_duration)));
  }
  if (http.proxy) AddProxy(*http.proxy, dot, block);
  if (http.is_reused.value_or(false)) block.Add("connection", "reused, it stood before");
  if (!http.traceparent.empty()) block.Add("traceparent", http.traceparent);
}

void AddHttp(const HttpEvidence& http, bool verbose, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  AddWay(http, dot, block);
  AddRedirects(http, block);
  if (http.status == 0) return;
  std::vector<std::string> facts = {fmt::format("HTTP/{} {}", http.version, http.status),
                                    FormatSize(http.size)};
  if (http.wire_size != http.size) facts.push_back(FormatSize(http.wire_size) + " on the wire");
  block.Add("http", Join(facts, dot));
  if (!http.location.empty()) block.Add("http", "not followed: " + http.location);
  if (!verbose) return;
  for (const auto& [name, value] : http.headers) {
    block.Add("headers", fmt::format("{}: {}", name, value));
  }
  for (const std::string& note : http.notes) block.Add("notes", note);
}

void AddExpectations(const Observation& seen, Block& block) {
  for (const ExpectResult& result : seen.expect) {
    const Status status =
        result.pass ? Status::kPass : (result.warn ? Status::kWarn : Status::kFail);
    std::string text = result.expression;
    if (!result.error.empty()) {
      text += fmt::format(" {} {}", block.style().Dot(), result.error);
    } else if (!result.actual.empty()) {
      text +=
          fmt::format(" {} {}{}", block.style().Dot(), result.pass ? "" : "was ", result.actual);
    }
    const auto lines = Wrap(text, block.TextColumns() - 2);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Tone mark_tone = ToneOf(status);
      const std::string mark =
          i == 0 ? block.style().Paint(mark_tone, block.style().Mark(status)) + " " : "  ";
      block.Push(result.warn ? "warn" : "expect",
                 mark + block.style().Paint(result.pass ? Tone::kPlain : mark_tone, lines[i]));
    }
  }
}

void AddAttempts(const Outcome& outcome, Block& block) {
  if (outcome.attempts.size() < 2) return;
  for (const AttemptSummary& attempt : outcome.attempts) {
    std::string line =
        fmt::format("{} in {}", Name(attempt.status), FormatDuration(attempt.duration));
    if (!attempt.address.empty()) line += " at " + attempt.address;
    if (!attempt.change.empty()) line += ", changed: " + attempt.change;
    if (attempt.reason != Reason::kNone) {
      line += fmt::format("; {}: {}", Name(attempt.reason), attempt.message);
    }
    block.Add("attempts", line, ToneOf(attempt.status));
  }
  if (outcome.healed_by.empty()) return;
  block.Add(
      "healed",
      fmt::format("by a change of {}; counts as {}", outcome.healed_by, Name(outcome.counts())),
      Tone::kCaution);
}

void AddProber(const Outcome& outcome, Block& block) {
  block.Add("prober",
            fmt::format("started {}, loop lag {}, {} in flight", FormatRfc3339(outcome.started_at),
                        FormatDuration(outcome.prober.loop_lag), outcome.prober.in_flight));
}

void AddObservation(const Observation& seen, WallTime now, const EvidenceOptions& options,
                    Block& block) {
  AddAddress(seen, block);
  if (seen.resolve) AddResolve(*seen.resolve, options.verbose, block);
  if (seen.dns) AddDns(*seen.dns, options.verbose, block);
  if (seen.icmp) AddIcmp(*seen.icmp, block);
  if (seen.http) AddHttp(*seen.http, options.verbose, block);
  if (seen.grpc) AddGrpc(*seen.grpc, block);
  if (seen.websocket) AddWebSocket(*seen.websocket, block);
  if (seen.tls) AddTls(*seen.tls, now, options.verbose, block);
  if (seen.tcp) AddTcp(*seen.tcp, options.verbose, block);
  AddEveryAddress(seen.addresses, now, block);
  if (options.verbose) {
    for (const std::string& note : seen.notes) block.Add("notes", note);
  }
  AddExpectations(seen, block);
}

/// Days are counted from when it was looked at: an outcome reads the same whenever it is shown.
WallTime LookedAt(const Outcome& outcome) {
  return outcome.started_at == WallTime{} ? outcome.scheduled_at : outcome.started_at;
}

}  // namespace

std::string FormatSize(std::uint64_t bytes) {
  constexpr double kStep = 1024;
  if (bytes < 1024) return Counted(bytes, "byte");
  double size = static_cast<double>(bytes);
  std::string_view unit;
  for (const std::string_view next : {"KiB", "MiB", "GiB"}) {
    if (size < kStep) break;
    size /= kStep;
    unit = next;
  }
  return fmt::format("{:.1f} {}", size, unit);
}

std::vector<std::string> EvidenceLines(const Observation& seen, WallTime now,
                                       const EvidenceOptions& options) {
  Block block(options);
  AddObservation(seen, now, options, block);
  return block.Take();
}

std::vector<std::string> EvidenceLines(const Outcome& outcome, const EvidenceOptions& options) {
  Block block(options);
  AddObservation(outcome, LookedAt(outcome), options, block);
  AddAttempts(outcome, block);
  if (options.verbose) AddProber(outcome, block);
  return block.Take();
}

std::vector<std::string> WhyLines(const Outcome& outcome, const EvidenceOptions& options) {
  Block block(options);
  if (outcome.reason == Reason::kNone) return {};
  block.Add("why", Name(outcome.reason), ToneOf(outcome.status));
  if (!outcome.message.empty()) block.Add("why", outcome.message, Tone::kStrong);
  const Explanation explanation = Explain(outcome.reason);
  // A warn is nobody's failure yet.
  const std::string blame = outcome.status == Status::kWarn
                                ? "What must hold still held."
                                : std::string(ExplainBlame(outcome.blame));
  block.Add("why", fmt::format("{} {}", explanation.meaning, blame));
  block.Add("look at", explanation.next);
  return block.Take();
}

}  // namespace gaikei
