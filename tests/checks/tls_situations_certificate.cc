/// Certificates with the wrong dates, the wrong names, or too little strength.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/checks/tls_situations.h"

namespace gaikei {
namespace {

using support::Forge;
using support::Forgery;
using namespace std::chrono_literals;

constexpr const char* kMismatch = "fail tls_cert_name_mismatch tls";
constexpr const char* kWeak = "fail tls_cert_weak tls";

TlsScene Valid(const TlsPki& pki, Span from, Span until) {
  Forgery leaf = pki.Leaf();
  leaf.not_before = WallNow() + from;
  leaf.not_after = WallNow() + until;
  return Presenting(Forge(leaf), {pki.middle});
}

/// A good leaf below an authority that is made like this.
TlsScene BelowForged(const TlsPki& pki, const Forgery& authority) {
  const io::CertifiedKey middle = Forge(authority);
  Forgery leaf = pki.Leaf();
  leaf.issuer = &middle;
  return Presenting(Forge(leaf), {middle});
}

TlsScene BelowValid(const TlsPki& pki, Span from, Span until) {
  Forgery authority = pki.Authority("Dated");
  authority.not_before = WallNow() + from;
  authority.not_after = WallNow() + until;
  return BelowForged(pki, authority);
}

TlsScene BelowExpiredRoot(const TlsPki& pki) {
  Forgery root = Without(pki.Authority("Old Root"), "authorityKeyIdentifier");
  root.issuer = nullptr;
  root.not_before = WallNow() - 48h;
  root.not_after = WallNow() - 24h;
  const io::CertifiedKey old = Forge(root);
  Forgery leaf = pki.Leaf();
  leaf.issuer = &old;
  TlsScene scene = Presenting(Forge(leaf), {});
  scene.roots = old.certificate;
  return scene;
}

TlsScene Named(const TlsPki& pki, const std::string& names, const std::string& asked) {
  TlsScene scene = Presenting(Forge(With(pki.Leaf(), "subjectAltName", names)), {pki.middle});
  scene.name = asked;
  return scene;
}

TlsScene Strong(const TlsPki& pki, const std::string& key, const std::string& digest) {
  Forgery leaf = pki.Leaf();
  leaf.key = key;
  leaf.digest = digest;
  return Presenting(Forge(leaf), {pki.middle});
}

TlsScene TooLarge(const TlsPki& pki) {
  std::string names = "DNS:shop.example";
  for (int i = 0; i < 9000; ++i) names += fmt::format(",DNS:host-{:05}.far.away.shop.example", i);
  return Presenting(Forge(With(pki.Leaf(), "subjectAltName", names)), {pki.middle});
}

TlsScene Stapled(const TlsPki& pki, bool is_revoked) {
  const io::CertifiedKey leaf = Forge(pki.Leaf());
  TlsScene scene = Presenting(leaf, {pki.middle});
  scene.tls.ocsp_answer = support::ForgeOcspAnswer(leaf, pki.middle, is_revoked);
  return scene;
}

}  // namespace

std::vector<TlsSituation> CertificateSituations() {
  return {
      {"Expired",
       [](const TlsPki& pki) { return Valid(pki, -48h, -1h); },
       "fail tls_cert_expired tls",
       2,
       0,
       {},
       "certificate has expired",
       [](const Observation& seen) { EXPECT_LT(*seen.tls->expires_at, WallNow()); }},
      {"NotYetValid",
       [](const TlsPki& pki) { return Valid(pki, 24h, 48h); },
       "fail tls_cert_not_yet_valid tls",
       2,
       0,
       {},
       "not yet valid"},
      {"ExpiresSoon",
       [](const TlsPki& pki) { return Valid(pki, -24h * 80, 48h); },
       "warn expect_certificate",
       2,
       3,
       {"expires_soon"},
       "expires_soon: "},
      {"ExpiresSoonIgnored",
       [](const TlsPki& pki) {
         TlsScene scene = Valid(pki, -24h * 80, 48h);
         scene.check.ignore_lints = {"expires_soon"};
         return scene;
       },
       "pass",
       2,
       3,
       {"expires_soon"}},
      {"MiddleExpired",
       [](const TlsPki& pki) { return BelowValid(pki, -48h, -1h); },
       "fail tls_cert_expired tls",
       2,
       0,
       {},
       "(CN=Dated) has expired"},
      {"MiddleNotYetValid",
       [](const TlsPki& pki) { return BelowValid(pki, 24h, 24h * 100); },
       "fail tls_cert_not_yet_valid tls",
       2,
       0,
       {},
       "(CN=Dated) is not yet valid"},
      {"RootExpired", BelowExpiredRoot, "fail tls_cert_expired tls", 1, 0, {}, "CN=Old Root"},
      {"OtherName",
       [](const TlsPki& pki) { return Named(pki, "DNS:a.example,DNS:b.example", "shop.example"); },
       kMismatch,
       2,
       0,
       {},
       "it is for a.example, b.example"},
      {"CommonNameOnly",
       [](const TlsPki& pki) {
         return Presenting(Forge(Without(pki.Leaf(), "subjectAltName")), {pki.middle});
       },
       kMismatch,
       2,
       0,
       {"cn_only"},
       "no subjectAltName"},
      {"WildcardForOneLabelOnly",
       [](const TlsPki& pki) { return Named(pki, "DNS:*.shop.example", "a.b.shop.example"); },
       kMismatch, 2, 0},
      {"WildcardForNoLabel",
       [](const TlsPki& pki) { return Named(pki, "DNS:*.shop.example", "shop.example"); },
       kMismatch, 2, 0},
      {"WildcardWithinALabel",
       [](const TlsPki& pki) { return Named(pki, "DNS:w*.shop.example", "www.shop.example"); },
       kMismatch, 2, 0},
      {"AddressAsAName", [](const TlsPki& pki) { return Named(pki, "DNS:127.0.0.1", "127.0.0.1"); },
       kMismatch, 2, 0},
      {"NameWithNul",
       [](const TlsPki& pki) {
         return Named(pki, "DNS:shop.example.evil.example", "shop.example");
       },
       kMismatch, 2, 0},
      {"Rsa1024",
       [](const TlsPki& pki) { return Strong(pki, "rsa:1024", "sha256"); },
       kWeak,
       2,
       0,
       {"weak_key"},
       "key that is too weak"},
      {"Sha1Signature",
       [](const TlsPki& pki) { return Strong(pki, "P-256", "sha1"); },
       kWeak,
       2,
       0,
       {"sha1_signature"},
       "digest that is too weak"},
      {"Md5Signature",
       [](const TlsPki& pki) {
         Forgery authority = pki.Authority("Rsa Middle");
         authority.key = "rsa:2048";
         const io::CertifiedKey middle = Forge(authority);
         Forgery leaf = pki.Leaf();
         leaf.issuer = &middle;
         leaf.digest = "md5";
         return Presenting(Forge(leaf), {middle});
       },
       kWeak,
       2,
       0,
       {"sha1_signature"},
       "digest that is too weak"},
      {"MiddleRsa1024",
       [](const TlsPki& pki) {
         Forgery authority = pki.Authority("Small");
         authority.key = "rsa:1024";
         return BelowForged(pki, authority);
       },
       kWeak,
       2,
       0,
       {"weak_key"},
       "(CN=Small) has a key that is too weak"},
      {"MiddleSha1",
       [](const TlsPki& pki) {
         Forgery authority = pki.Authority("Old Fashioned");
         authority.digest = "sha1";
         return BelowForged(pki, authority);
       },
       kWeak,
       2,
       0,
       {"sha1_signature"},
       "(CN=Old Fashioned)"},
      {"LargerThanOurLimit", TooLarge, "fail too_large tls", 0, 0},
      {"StapledGood",
       [](const TlsPki& pki) { return Stapled(pki, false); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) {
         EXPECT_EQ(seen.tls->ocsp, "good");
         ASSERT_TRUE(seen.tls->ocsp_age);
         EXPECT_GE(*seen.tls->ocsp_age, 1h);
       }},
      {"StapledRevoked",
       [](const TlsPki& pki) { return Stapled(pki, true); },
       "fail tls_cert_revoked tls",
       2,
       0,
       {},
       "revoked",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->ocsp, "revoked"); }},
      {"StapledForAnother",
       [](const TlsPki& pki) {
         TlsScene scene = Presenting(Forge(pki.Leaf()), {pki.middle});
         scene.tls.ocsp_answer = support::ForgeOcspAnswer(Forge(pki.Leaf()), pki.middle, true);
         return scene;
       },
       "warn expect_certificate",
       2,
       3,
       {"ocsp_invalid"},
       "about another certificate",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->ocsp, "invalid"); }},
      {"InsecureTakesAnExpiredOne",
       [](const TlsPki& pki) {
         TlsScene scene = Valid(pki, -48h, -1h);
         scene.check.insecure = true;
         return scene;
       },
       "pass",
       2,
       0,
       {},
       "",
       [](const Observation& seen) {
         EXPECT_NE(seen.tls->verify_error.find("expired"), std::string::npos);
       }},
  };
}

}  // namespace gaikei
