#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "probe/output/evidence_block.h"
#include "results/counted.h"

namespace gaikei {
namespace {

/// A certificate that runs out sooner is pointed at.
constexpr double kSoonDays = 14;
/// So many names of a certificate are shown without --verbose.
constexpr std::size_t kNamesShown = 6;

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

/// One certificate of the chain, and what is to be said of its place there.
struct Link {
  const CertificateInfo* certificate = nullptr;
  std::string_view remark = {};
};

bool Has(const std::vector<CertificateInfo>& chain, const CertificateInfo& certificate) {
  return std::any_of(chain.begin(), chain.end(),
                     [&](const auto& one) { return one.sha256 == certificate.sha256; });
}

/// From the top down to the server's own: the path that was found or, where there is none, what was
/// presented.
std::vector<Link> LinksOf(const TlsEvidence& tls) {
  std::vector<Link> links;
  const auto& path = tls.verified_chain.empty() ? tls.chain : tls.verified_chain;
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    links.push_back({&*it, Has(tls.chain, *it) ? "" : "trusted, not sent"});
  }
  return links;
}

void AddLink(const Link& link, std::size_t depth, WallTime now, Block& block) {
  const auto [validity, tone] = Validity(*link.certificate, now);
  const std::string_view branch = block.style().utf8 ? "\u2514 " : "`-";
  std::string text = fmt::format(
      "{} {} {}", link.certificate->subject.empty() ? "(no subject)" : link.certificate->subject,
      block.style().Dot(), validity);
  if (!link.remark.empty()) text += fmt::format(", {}", link.remark);
  const std::string indent(depth == 0 ? 0 : 2 * (depth - 1), ' ');
  const std::size_t taken = 2 * depth;
  const auto lines = Wrap(text, block.TextColumns() - taken);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string lead = depth == 0 ? "" : indent + std::string(i == 0 ? branch : "  ");
    block.Push("chain",
               lead + block.style().Paint(tone == Tone::kGood ? Tone::kPlain : tone, lines[i]));
  }
}

void AddChain(const TlsEvidence& tls, WallTime now, Block& block) {
  const std::vector<Link> links = LinksOf(tls);
  std::size_t depth = 0;
  const CertificateInfo& top = *links.front().certificate;
  if (tls.verified_chain.empty() && top.issuer != top.subject) {
    block.Push("chain", block.style().Paint(Tone::kBad, top.issuer + " (not sent)"));
    ++depth;
  }
  for (const Link& link : links) AddLink(link, depth++, now, block);
  if (tls.verified_chain.empty()) return;
  for (const CertificateInfo& certificate : tls.chain) {
    if (Has(tls.verified_chain, certificate)) continue;
    block.Add("chain", fmt::format("{} (sent, not needed)", certificate.subject), Tone::kFaint);
  }
}

}  // namespace

std::pair<std::string, Tone> Validity(const CertificateInfo& certificate, WallTime now) {
  const double days =
      std::chrono::duration<double, std::ratio<86400>>(certificate.not_after - now).count();
  const std::string day = FormatRfc3339(certificate.not_after).substr(0, 10);
  if (certificate.not_before > now) {
    return {"not valid before " + FormatRfc3339(certificate.not_before).substr(0, 10), Tone::kBad};
  }
  const auto whole = static_cast<std::uint64_t>(std::floor(std::abs(days)));
  const std::string count = whole == 0 ? "less than a day" : Counted(whole, "day");
  if (days <= 0) return {fmt::format("expired {} ago, on {}", count, day), Tone::kBad};
  return {fmt::format("{} left, until {}", count, day),
          days < kSoonDays ? Tone::kCaution : Tone::kGood};
}

void AddTls(const TlsEvidence& tls, WallTime now, bool verbose, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts;
  if (!tls.version.empty()) facts.push_back(tls.version);
  if (!tls.cipher.empty()) facts.push_back(tls.cipher);
  if (!tls.group.empty()) facts.push_back(tls.group);
  if (!tls.alpn.empty()) facts.push_back("ALPN " + tls.alpn);
  if (!tls.ocsp.empty()) facts.push_back("OCSP " + tls.ocsp);
  if (!tls.starttls.empty()) facts.push_back("STARTTLS " + tls.starttls);
  if (!facts.empty()) block.Add("tls", Join(facts, dot));
  if (tls.verified) {
    block.Add("tls", "verified", Tone::kGood);
  } else {
    block.Add("tls",
              tls.verify_error.empty() ? "not verified" : "not verified: " + tls.verify_error,
              Tone::kBad);
  }
  if (verbose && !tls.server_name.empty()) {
    const std::string match =
        tls.matched_name.empty() ? "" : fmt::format(", matches {}", tls.matched_name);
    block.Add("tls", fmt::format("server name {}{}", tls.server_name, match));
  }
  if (verbose && tls.session_tickets) {
    block.Add("tls", Counted(*tls.session_tickets, "session ticket"));
  }
  if (tls.chain.empty()) return;
  AddLeaf(tls.chain.front(), now, verbose, block);
  AddChain(tls, now, block);
  for (const TlsLint& lint : tls.lints) {
    block.Add("lints", fmt::format("{}: {}", lint.name, lint.detail), Tone::kCaution);
  }
}

}  // namespace gaikei
