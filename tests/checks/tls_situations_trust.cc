/// Chains that do not lead to a root that is trusted, or not in a way that is allowed.

#include "tests/checks/tls_situations.h"

namespace gaikei {
namespace {

using support::Forge;
using support::Forgery;
using namespace std::chrono_literals;

constexpr const char* kUntrusted = "fail tls_cert_untrusted tls";

/// A leaf below this authority, which is sent.
TlsScene Below(const TlsPki& pki, const io::CertifiedKey& authority,
               const std::vector<io::CertifiedKey>& above = {}) {
  Forgery leaf = pki.Leaf();
  leaf.issuer = &authority;
  std::vector<io::CertifiedKey> others = {authority};
  others.insert(others.end(), above.begin(), above.end());
  return Presenting(Forge(leaf), others);
}

Forgery SelfSigned(const TlsPki& pki) {
  Forgery leaf = Without(pki.Leaf(), "authorityKeyIdentifier");
  leaf.issuer = nullptr;
  return leaf;
}

TlsScene PathTooLong(const TlsPki& pki) {
  const io::CertifiedKey last =
      Forge(With(pki.Authority("Last"), "basicConstraints", "critical,CA:TRUE,pathlen:0"));
  Forgery below = pki.Authority("One Too Many");
  below.issuer = &last;
  return Below(pki, Forge(below), {last});
}

TlsScene NameConstraintBroken(const TlsPki& pki) {
  return Below(pki, Forge(With(pki.Authority("Bound"), "nameConstraints",
                               "critical,permitted;DNS:elsewhere.example")));
}

TlsScene IssuedByALeaf(const TlsPki& pki) {
  Forgery other = With(pki.Leaf(), "subjectAltName", "DNS:other.example");
  other.subject = {{"CN", "other.example"}};
  return Below(pki, Forge(other), {pki.middle});
}

/// A signature that does not fit the issuer of that name.
TlsScene ImpostorIssuer(const TlsPki& pki) {
  const io::CertifiedKey impostor = Forge(pki.Authority("Middle"));
  Forgery leaf = Without(pki.Leaf(), "authorityKeyIdentifier");
  leaf.issuer = &impostor;
  return Presenting(Forge(leaf), {pki.middle});
}

}  // namespace

std::vector<TlsSituation> TrustSituations() {
  return {
      {"SelfSigned",
       [](const TlsPki& pki) { return Presenting(Forge(SelfSigned(pki)), {}); },
       "fail tls_cert_self_signed tls",
       1,
       0,
       {},
       "signed by itself"},
      {"SelfSignedAndExpired",
       [](const TlsPki& pki) {
         Forgery leaf = SelfSigned(pki);
         leaf.not_before = WallNow() - 48h;
         leaf.not_after = WallNow() - 24h;
         return Presenting(Forge(leaf), {});
       },
       "fail tls_cert_self_signed tls",
       1,
       0,
       {},
       "also: certificate has expired"},
      {"UnknownRootSentAlong",
       [](const TlsPki& pki) { return Below(pki, pki.stranger_middle, {pki.stranger_root}); },
       kUntrusted,
       3,
       0,
       {},
       "CN=Stranger"},
      {"UnknownRootNotSent",
       [](const TlsPki& pki) { return Below(pki, pki.stranger_middle); },
       kUntrusted,
       2,
       0,
       {},
       "CN=Stranger"},
      {"MiddleMissing",
       [](const TlsPki& pki) { return Presenting(Forge(pki.Leaf()), {}); },
       kUntrusted,
       1,
       0,
       {"incomplete_chain"},
       "issuer CN=Middle is neither sent nor trusted"},
      {"UpperMiddleMissing",
       [](const TlsPki& pki) { return Below(pki, pki.lower); },
       kUntrusted,
       2,
       0,
       {},
       "CN=Middle"},
      {"LowerMiddleMissing",
       [](const TlsPki& pki) {
         Forgery leaf = pki.Leaf();
         leaf.issuer = &pki.lower;
         return Presenting(Forge(leaf), {pki.middle});
       },
       kUntrusted,
       2,
       0,
       {"incomplete_chain"},
       "CN=Lower"},
      {"IssuersInTheWrongOrder",
       [](const TlsPki& pki) {
         Forgery leaf = pki.Leaf();
         leaf.issuer = &pki.lower;
         return Presenting(Forge(leaf), {pki.middle, pki.lower});
       },
       "warn expect_certificate",
       3,
       4,
       {"chain_out_of_order"},
       "chain_out_of_order: "},
      {"LeafNotFirst",
       [](const TlsPki& pki) { return Presenting(pki.middle, {Forge(pki.Leaf())}); },
       kUntrusted,
       2,
       0,
       {"chain_out_of_order"},
       "wrong order"},
      {"AuthorityAsLeaf",
       [](const TlsPki& pki) {
         return Presenting(
             Forge(With(pki.Authority("shop.example"), "subjectAltName", "DNS:shop.example")), {});
       },
       kUntrusted, 1, 0},
      {"PurposeOfClients",
       [](const TlsPki& pki) {
         return Presenting(Forge(With(pki.Leaf(), "extendedKeyUsage", "clientAuth")), {pki.middle});
       },
       kUntrusted,
       2,
       0,
       {"no_server_auth"},
       "purpose"},
      {"PathTooLong", PathTooLong, kUntrusted, 3, 0, {}, "path length"},
      {"NameConstraintBroken", NameConstraintBroken, kUntrusted, 2, 0, {}, "permitted subtree"},
      {"IssuedByALeaf", IssuedByALeaf, kUntrusted, 3, 0, {}, "CA"},
      {"ImpostorIssuer", ImpostorIssuer, kUntrusted, 2, 0},
      {"UnknownCriticalExtension",
       [](const TlsPki& pki) {
         return Presenting(Forge(With(pki.Leaf(), "1.2.3.4.5", "critical,ASN1:UTF8String:x")),
                           {pki.middle});
       },
       kUntrusted,
       2,
       0,
       {},
       "critical extension"},
      {"InsecureTakesAStranger",
       [](const TlsPki& pki) {
         TlsScene scene = Below(pki, pki.stranger_middle);
         scene.check.insecure = true;
         return scene;
       },
       "pass", 2, 0},
  };
}

}  // namespace gaikei
