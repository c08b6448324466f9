#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/output/evidence_block.h"
#include "results/counted.h"

namespace gaikei {
namespace {

/// Additional records without --verbose: glue is of interest to few.
constexpr std::size_t kAdditionalShown = 4;

/// Columns of a record but for its data, as wide as the widest of a section.
struct Widths {
  std::size_t name = 0;
  std::size_t ttl = 0;
  std::size_t type = 0;
};

Widths WidthsOf(const DnsSection& section) {
  Widths widths;
  for (const DnsRecord& record : section.records) {
    widths.name = std::max(widths.name, DisplayWidth(record.name));
    widths.ttl = std::max(widths.ttl, std::to_string(record.ttl).size());
    widths.type = std::max(widths.type, record.type.size());
  }
  return widths;
}

/// A record a line, in columns; data that does not fit is wrapped below itself.
void AddSection(std::string_view label, const DnsSection& section, std::size_t limit,
                Block& block) {
  const Widths widths = WidthsOf(section);
  const std::size_t shown = std::min(limit, section.records.size());
  const std::size_t room = block.TextColumns();
  const std::size_t owner = std::min({widths.name, std::size_t{40}, room - 22});
  for (std::size_t i = 0; i < shown; ++i) {
    const DnsRecord& record = section.records[i];
    const std::string head =
        fmt::format("{}  {}  {} {}  ", PadRight(Clip(record.name, owner), owner),
                    PadLeft(std::to_string(record.ttl), widths.ttl), record.klass,
                    PadRight(record.type, widths.type));
    const std::size_t taken = DisplayWidth(head);
    const auto lines = Wrap(record.data, room > taken + 24 ? room - taken : room - 4);
    const bool is_below = room <= taken + 24;
    if (is_below) block.Push(label, block.style().Paint(Tone::kFaint, head));
    for (std::size_t line = 0; line < lines.size(); ++line) {
      const bool is_first = line == 0 && !is_below;
      block.Push(label, (is_first ? block.style().Paint(Tone::kFaint, head)
                                  : std::string(is_below ? 4 : taken, ' ')) +
                            lines[line]);
    }
  }
  if (section.count > shown) {
    block.Add(label, fmt::format("and {} more", section.count - shown), Tone::kFaint);
  }
}

std::string Loud(std::string_view text) {
  std::string loud;
  for (const char c : text) loud += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return loud;
}

std::string TransportText(const DnsAnswer& answer) {
  std::string text = answer.transport == "dot"   ? "DoT"
                     : answer.transport == "doh" ? "DoH"
                                                 : Loud(answer.transport);
  if (answer.tcp_fallbacks > 0) text += " (truncated over UDP)";
  return text;
}

std::string ServerText(const DnsAnswer& answer) {
  if (answer.server_name.empty()) return answer.server;
  return fmt::format("{} ({})", answer.server_name, answer.server);
}

void AddServer(const DnsAnswer& answer, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts = {ServerText(answer)};
  if (!answer.transport.empty()) facts.push_back(TransportText(answer));
  if (answer.duration.count() != 0) facts.push_back(FormatDuration(answer.duration));
  if (answer.size != 0) facts.push_back(FormatSize(answer.size));
  if (!answer.nsid.empty()) facts.push_back("NSID " + answer.nsid);
  block.Add("server", Join(facts, dot));
}

void AddStatus(const DnsAnswer& answer, Block& block) {
  if (answer.rcode.empty()) return;
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts = {answer.rcode};
  if (!answer.flags.empty()) facts.push_back(Join(answer.flags, " "));
  if (!answer.ecs.empty()) facts.push_back("ECS " + answer.ecs);
  if (!answer.cookie.empty()) facts.push_back("cookie " + answer.cookie);
  block.Add("rcode", Join(facts, dot), answer.rcode == "NOERROR" ? Tone::kPlain : Tone::kCaution);
  for (const DnsExtendedError& error : answer.extended_errors) {
    std::string text = fmt::format("EDE {} {}", error.code, error.name);
    if (!error.text.empty()) text += ": " + error.text;
    block.Add("rcode", text, Tone::kCaution);
  }
}

/// One server of several: who, what, how long, and whether it is the odd one.
void AddOneOfSeveral(const DnsAnswer& answer, bool is_differing, Block& block) {
  std::vector<std::string> facts = {(is_differing ? "differs: " : "") + ServerText(answer)};
  if (!answer.rcode.empty()) {
    facts.push_back(answer.rcode);
    facts.push_back(answer.serial ? fmt::format("serial {}", *answer.serial)
                                  : Counted(answer.answer.count, "answer"));
    facts.push_back(FormatDuration(answer.duration));
  } else {
    facts.push_back(answer.message.empty() ? "no answer" : answer.message);
  }
  const bool is_bad = is_differing || answer.rcode.empty();
  const Status status = is_bad ? Status::kFail : Status::kPass;
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  const auto lines = Wrap(Join(facts, dot), block.TextColumns() - 2);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    block.Push(
        "servers",
        (i == 0 ? block.style().Paint(ToneOf(status), block.style().Mark(status)) + " " : "  ") +
            block.style().Paint(is_bad ? Tone::kBad : Tone::kPlain, lines[i]));
  }
}

void AddDnssec(const DnssecEvidence& dnssec, bool verbose, Block& block) {
  const Tone tone = dnssec.status == "secure"  ? Tone::kGood
                    : dnssec.status == "bogus" ? Tone::kBad
                                               : Tone::kCaution;
  std::string text = dnssec.status;
  if (!dnssec.failure.empty()) text += fmt::format(" ({} at {})", dnssec.failure, dnssec.zone);
  block.Add("dnssec", text, tone);
  if (!dnssec.message.empty()) block.Add("dnssec", dnssec.message, tone);
  if (!verbose && dnssec.status == "secure") return;
  for (const std::string& link : dnssec.chain) block.Add("dnssec", link, Tone::kFaint);
}

}  // namespace

void AddDns(const DnsEvidence& dns, bool verbose, Block& block) {
  block.Add("question", dns.question, Tone::kStrong);
  AddServer(dns, block);
  AddStatus(dns, block);
  AddSection("answer", dns.answer, dns.answer.records.size(), block);
  AddSection("authority", dns.authority, dns.authority.records.size(), block);
  AddSection("additional", dns.additional,
             verbose ? dns.additional.records.size() : kAdditionalShown, block);
  for (const DnsAnswer& answer : dns.servers) {
    const bool is_differing =
        std::find(dns.differing.begin(), dns.differing.end(), answer.server) != dns.differing.end();
    AddOneOfSeveral(answer, is_differing, block);
  }
  if (dns.dnssec) AddDnssec(*dns.dnssec, verbose, block);
  if (dns.ignored > 0) {
    block.Add("ignored", Counted(dns.ignored, "message") + " that were not meant for us",
              Tone::kCaution);
  }
  if (!verbose) return;
  for (const std::string& note : dns.notes) block.Add("notes", note);
}

}  // namespace gaikei
