#include "probe/output/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "probe/output/explain.h"
#include "probe/output/waterfall.h"

namespace gaikei {
namespace {

/// A certificate that runs out sooner is pointed at.
constexpr double kSoonDays = 14;
/// So many names of a certificate are shown without --verbose.
constexpr std::size_t kNamesShown = 6;

/// Collects lines of a label and a text; a label is written where it changes.
class Block {
 public:
  explicit Block(const EvidenceOptions& options) : options_(options) {}

  /// `text` is wrapped, then painted line by line.
  void Add(std::string_view label, std::string_view text, Tone tone = Tone::kPlain) {
    for (const std::string& line : Wrap(text, TextColumns())) {
      Push(label, options_.style.Paint(tone, line));
    }
  }
  /// A line that is painted already, or must not be broken.
  void Push(std::string_view label, const std::string& text) {
    const std::string_view shown = label == last_ ? std::string_view() : label;
    last_ = label;
    lines_.push_back(std::string(kIndent, ' ') +
                     options_.style.Paint(Tone::kFaint, PadRight(shown, kLabelColumns)) + text);
  }
  std::size_t TextColumns() const {
    return std::max<std::size_t>(options_.width, 40) - kIndent - kLabelColumns;
  }
  const Style& style() const { return options_.style; }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  const EvidenceOptions& options_;
  std::string last_;
  std::vector<std::string> lines_;
};

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

void AddAddress(const Outcome& outcome, Block& block) {
  if (outcome.address.empty()) return;
  block.Add("address", fmt::format("{} port {} ({})", outcome.address, outcome.port,
                                   outcome.family == Family::kIpv6 ? "IPv6" : "IPv4"));
}

void AddRedirects(const HttpEvidence& http, Block& block) {
  for (const HttpHop& hop : http.redirects) {
    block.Add("redirects",
              fmt::format("{} {} {} {} ({})", hop.status, hop.url, block.style().Arrow(),
                          hop.location, FormatDuration(hop.duration)));
  }
}

void AddHttp(const HttpEvidence& http, bool verbose, Block& block) {
  AddRedirects(http, block);
  if (http.status == 0) return;
  const std::string dot = fmt::format(" {} ", block.style().Dot());
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

/// "63 days left, until 2027-01-27", and how bad that is.
std::pair<std::string, Tone> Validity(const CertificateInfo& certificate, WallTime now) {
  const double days =
      std::chrono::duration<double, std::ratio<86400>>(certificate.not_after - now).count();
  const std::string day = FormatRfc3339(certificate.not_after).substr(0, 10);
  if (certificate.not_before > now) {
    return {"not valid before " + FormatRfc3339(certificate.not_before).substr(0, 10), Tone::kBad};
  }
  const auto whole = static_cast<std::int64_t>(std::floor(std::abs(days)));
  const std::string count =
      whole == 0 ? "less than a day" : fmt::format("{} day{}", whole, whole == 1 ? "" : "s");
  if (days <= 0) return {fmt::format("expired {} ago, on {}", count, day), Tone::kBad};
  return {fmt::format("{} left, until {}", count, day),
          days < kSoonDays ? Tone::kCaution : Tone::kGood};
}

void AddLeaf(const CertificateInfo& leaf, WallTime now, bool verbose, Block& block) {
  block.Add("certificate", leaf.subject.empty() ? "(no subject)" : leaf.subject);
  const auto [validity, tone] = Validity(leaf, now);
  block.Add("certificate", validity, tone);
  std::vector<std::string> names = leaf.san;
  if (!verbose && names.size() > kNamesShown) {
    const std::size_t more = names.size() - kNamesShown;
    names.resize(kNamesShown);
    names.push_back(fmt::format("and {} more", more));
  }
  if (!names.empty()) block.Add("names", Join(names, ", "));
  block.Add("issuer", leaf.issuer);
  if (!verbose) return;
  block.Add("key", fmt::format("{} {} bits, signed with {}", leaf.key_type, leaf.key_bits,
                               leaf.signature_algorithm));
  block.Add("serial", leaf.serial);
  block.Add("sha256", leaf.sha256);
}

void AddTls(const TlsEvidence& tls, WallTime now, bool verbose, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts;
  if (!tls.version.empty()) facts.push_back(tls.version);
  if (!tls.cipher.empty()) facts.push_back(tls.cipher);
  if (!tls.alpn.empty()) facts.push_back("ALPN " + tls.alpn);
  if (!tls.ocsp.empty()) facts.push_back("OCSP " + tls.ocsp);
  if (!facts.empty()) block.Add("tls", Join(facts, dot));
  if (tls.verified) {
    block.Add("tls", "verified", Tone::kGood);
  } else {
    block.Add("tls",
              tls.verify_error.empty() ? "not verified" : "not verified: " + tls.verify_error,
              Tone::kBad);
  }
  if (tls.chain.empty()) return;
  AddLeaf(tls.chain.front(), now, verbose, block);
  for (std::size_t i = 1; i < tls.chain.size(); ++i) {
    const CertificateInfo& certificate = tls.chain[i];
    const auto [validity, tone] = Validity(certificate, now);
    block.Add("chain", fmt::format("{} {} {}", certificate.subject, block.style().Dot(), validity),
              tone == Tone::kGood ? Tone::kPlain : tone);
  }
}

void AddExpectations(const Outcome& outcome, Block& block) {
  for (const ExpectResult& result : outcome.expect) {
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
    block.Add("attempts",
              fmt::format("{} {} {}", Name(attempt.status),
                          attempt.reason == Reason::kNone ? "" : Name(attempt.reason),
                          FormatDuration(attempt.duration)),
              ToneOf(attempt.status));
  }
}

void AddProber(const Outcome& outcome, Block& block) {
  block.Add("prober",
            fmt::format("started {}, loop lag {}, {} in flight", FormatRfc3339(outcome.started_at),
                        FormatDuration(outcome.prober.loop_lag), outcome.prober.in_flight));
}

}  // namespace

std::string FormatSize(std::uint64_t bytes) {
  constexpr double kStep = 1024;
  if (bytes < 1024) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  double size = static_cast<double>(bytes);
  std::string_view unit;
  for (const std::string_view next : {"KiB", "MiB", "GiB"}) {
    if (size < kStep) break;
    size /= kStep;
    unit = next;
  }
  return fmt::format("{:.1f} {}", size, unit);
}

std::vector<std::string> EvidenceLines(const Outcome& outcome, const EvidenceOptions& options) {
  Block block(options);
  AddAddress(outcome, block);
  if (outcome.http) AddHttp(*outcome.http, options.verbose, block);
  // Days are counted from when it was looked at: an outcome reads the same whenever it is shown.
  const WallTime now = outcome.started_at == WallTime{} ? outcome.scheduled_at : outcome.started_at;
  if (outcome.tls) AddTls(*outcome.tls, now, options.verbose, block);
  AddExpectations(outcome, block);
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
