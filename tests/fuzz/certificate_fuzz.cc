#include <openssl/err.h>
#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "checks/io/tls/certificate.h"
#include "checks/io/tls/ocsp.h"
#include "checks/io/tls/tls_lints.h"
#include "results/text.h"

namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
constexpr gaikei::WallTime kNow{std::chrono::seconds(1'795'695'579)};

Certificate Parse(const std::uint8_t** at, const std::uint8_t* end) {
  return {d2i_X509(nullptr, at, end - *at), X509_free};
}

/// What is shown can be shown again: it has been escaped.
void ExpectEscaped(const std::string& text) {
  if (text.size() > 4 * gaikei::kEscapedLimit + 200) __builtin_trap();
  if (gaikei::Escape(text, text.size()) != text) __builtin_trap();
}

void ExpectSound(const gaikei::CertificateInfo& info) {
  ExpectEscaped(info.subject);
  ExpectEscaped(info.issuer);
  if (info.san.size() > 64 || info.sha256.size() != 64) __builtin_trap();
  for (const std::string& name : info.san) ExpectEscaped(name);
}

}  // namespace

/// One or two certificates, the second the issuer, and behind them an OCSP response.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint8_t* at = data;
  const std::uint8_t* end = data + size;
  const Certificate leaf = Parse(&at, end);
  ERR_clear_error();
  if (!leaf) return 0;
  const std::uint8_t* behind_leaf = at;
  const Certificate issuer = Parse(&at, end);
  if (!issuer) at = behind_leaf;
  ERR_clear_error();

  const gaikei::CertificateInfo info = gaikei::io::DescribeCertificate(leaf.get());
  ExpectSound(info);
  gaikei::io::ChainFacts facts{.presented = {leaf.get()},
                               .path = {},
                               .name = "shop.example",
                               .has_names = !info.san.empty(),
                               .now = kNow};
  if (issuer) {
    ExpectSound(gaikei::io::DescribeCertificate(issuer.get()));
    facts.presented.push_back(issuer.get());
  }
  auto lints = gaikei::io::LintChain(facts);
  facts.path = facts.presented;
  for (auto& lint : gaikei::io::LintChain(facts)) lints.push_back(std::move(lint));
  const auto finding = gaikei::io::ReadOcsp({at, static_cast<std::size_t>(end - at)}, leaf.get(),
                                            issuer.get(), kNow);
  if (finding.status.empty()) __builtin_trap();
  ExpectEscaped(finding.detail);
  for (auto& lint : gaikei::io::LintStaple(leaf.get(), finding)) lints.push_back(std::move(lint));
  for (const gaikei::TlsLint& lint : lints) ExpectEscaped(lint.detail);
  ERR_clear_error();
  return 0;
}
