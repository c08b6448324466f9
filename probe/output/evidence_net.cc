#include <fmt/format.h>

#include "probe/output/evidence_block.h"
#include "results/counted.h"

namespace gaikei {

void AddResolve(const ResolveEvidence& resolve, bool verbose, Block& block) {
  // A server that was silent has cost time: that is worth a line, a server that works is not.
  for (const std::string& note : resolve.notes) block.Add("resolver", note, Tone::kCaution);
  if (verbose && !resolve.server.empty()) {
    block.Add("resolver", resolve.server + " answered" + (resolve.is_cached ? ", from cache" : ""));
  }
  for (const std::string& record : resolve.https) block.Add("https rr", record);
}

void AddTcp(const TcpEvidence& tcp, bool verbose, Block& block) {
  for (const std::string& line : tcp.dialogue) block.Add("dialogue", line);
  if (tcp.dialogue.empty() && !tcp.response.empty()) block.Add("response", tcp.response);
  const bool is_lossy = tcp.retransmits > 0 || tcp.lost > 0;
  if (!verbose && !is_lossy) return;
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts = {
      fmt::format("rtt {} +/- {}", FormatDuration(tcp.rtt), FormatDuration(tcp.rtt_variance))};
  if (is_lossy) {
    facts.push_back(
        fmt::format("{} sent again, {} lost", Counted(tcp.retransmits, "segment"), tcp.lost));
  }
  block.Add("tcp", Join(facts, dot), is_lossy ? Tone::kCaution : Tone::kPlain);
}

void AddIcmp(const IcmpEvidence& icmp, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts = {fmt::format("{} sent, {} received", icmp.sent, icmp.received),
                                    fmt::format("{:.3g} % loss", icmp.loss * 100)};
  if (icmp.duplicates > 0) facts.push_back(Counted(icmp.duplicates, "duplicate"));
  if (icmp.ttl) facts.push_back(fmt::format("ttl {}", *icmp.ttl));
  block.Add("icmp", Join(facts, dot), icmp.loss > 0 ? Tone::kCaution : Tone::kPlain);
  if (icmp.rtt_mean) {
    std::string text = fmt::format("min {}, mean {}, max {}", FormatDuration(*icmp.rtt_min),
                                   FormatDuration(*icmp.rtt_mean), FormatDuration(*icmp.rtt_max));
    if (icmp.jitter) text += fmt::format(", jitter {}", FormatDuration(*icmp.jitter));
    block.Add("rtt", text);
  }
  for (const std::string& error : icmp.errors) block.Add("errors", error, Tone::kBad);
}

void AddEveryAddress(const std::vector<Observation>& addresses, WallTime now, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  for (const Observation& one : addresses) {
    std::vector<std::string> facts = {one.address, FormatDuration(one.duration)};
    if (one.http && one.http->status != 0) facts.push_back(fmt::format("{}", one.http->status));
    if (one.tls && !one.tls->chain.empty()) {
      facts.push_back(Validity(one.tls->chain.front(), now).first);
    }
    if (!one.message.empty()) facts.push_back(one.message);
    const Tone tone = ToneOf(one.status);
    const auto lines = Wrap(Join(facts, dot), block.TextColumns() - 2);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string mark =
          i == 0 ? block.style().Paint(tone, block.style().Mark(one.status)) + " " : "  ";
      block.Push(
          "addresses",
          mark + block.style().Paint(one.status == Status::kPass ? Tone::kPlain : tone, lines[i]));
    }
  }
}

}  // namespace gaikei
