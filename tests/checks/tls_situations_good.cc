/// Servers that are right, also where they are unusual: none of them may fail.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/checks/tls_situations.h"

namespace gaikei {
namespace {

using support::Forge;
using support::Forgery;
using namespace std::chrono_literals;

/// A leaf with this kind of key, issued by `middle`.
TlsScene WithKey(const TlsPki& pki, const std::string& key) {
  Forgery leaf = pki.Leaf();
  leaf.key = key;
  return Presenting(Forge(leaf), {pki.middle});
}

/// A leaf whose names are these and nothing else.
TlsScene WithNames(const TlsPki& pki, const std::string& names, const std::string& asked) {
  TlsScene scene = Presenting(Forge(With(pki.Leaf(), "subjectAltName", names)), {pki.middle});
  scene.name = asked;
  return scene;
}

std::string ManyNames(int count) {
  std::string names = "DNS:shop.example";
  for (int i = 0; i < count; ++i) names += fmt::format(",DNS:host-{:05}.shop.example", i);
  return names;
}

TlsScene LongChain(const TlsPki& pki) {
  std::vector<io::CertifiedKey> chain;
  for (int i = 0; i < 6; ++i) {
    Forgery authority = pki.Authority("Middle " + std::to_string(i));
    if (i > 0) authority.issuer = &chain.front();
    chain.insert(chain.begin(), Forge(authority));
  }
  Forgery leaf = pki.Leaf();
  leaf.issuer = &chain.front();
  return Presenting(Forge(leaf), chain);
}

/// An authority of ours that an old root, now expired, once signed too. Sent along it must not
/// matter: another path leads to a root that is trusted.
TlsScene CrossSigned(const TlsPki& pki) {
  Forgery old_root = Without(pki.Authority("Old Root"), "authorityKeyIdentifier");
  old_root.issuer = nullptr;
  const io::CertifiedKey old = Forge(old_root);
  Forgery cross = pki.Authority("Root");
  cross.issuer = &old;
  cross.key_of = &pki.root;
  cross.not_before = WallNow() - 24h * 20;
  cross.not_after = WallNow() - 24h;
  return Presenting(Forge(pki.Leaf()), {pki.middle, Forge(cross)});
}

TlsScene ShortLivedMiddle(const TlsPki& pki) {
  Forgery authority = pki.Authority("Short Lived");
  authority.not_after = WallNow() + 24h * 40;
  const io::CertifiedKey middle = Forge(authority);
  Forgery leaf = pki.Leaf();
  leaf.issuer = &middle;
  return Presenting(Forge(leaf), {middle});
}

void EndsBeforeThePath(const Observation& seen) {
  EXPECT_LT(*seen.tls->expires_at, WallNow());
  EXPECT_GT(*seen.tls->verified_expires_at, WallNow());
}

void HasKey(const Observation& seen, const std::string& type, int bits) {
  EXPECT_EQ(seen.tls->chain[0].key_type, type);
  EXPECT_EQ(seen.tls->chain[0].key_bits, bits);
}

}  // namespace

std::vector<TlsSituation> GoodSituations() {
  return {
      {"GoodChain",
       [](const TlsPki& pki) { return Presenting(Forge(pki.Leaf()), {pki.middle}); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) {
         EXPECT_EQ(seen.tls->matched_name, "shop.example");
         EXPECT_EQ(seen.tls->server_name, "shop.example");
         EXPECT_EQ(seen.tls->verified_chain[2].subject, "CN=Root");
         EXPECT_FALSE(seen.tls->group.empty());
       }},
      {"TwoIntermediates",
       [](const TlsPki& pki) {
         Forgery leaf = pki.Leaf();
         leaf.issuer = &pki.lower;
         return Presenting(Forge(leaf), {pki.lower, pki.middle});
       },
       "pass", 3, 4},
      {"IssuedByTheRootItself",
       [](const TlsPki& pki) {
         Forgery leaf = pki.Leaf();
         leaf.issuer = &pki.root;
         return Presenting(Forge(leaf), {});
       },
       "pass", 1, 2},
      {"LongChain", LongChain, "pass", 7, 8},
      {"NoCommonName",
       [](const TlsPki& pki) {
         Forgery leaf = pki.Leaf();
         leaf.subject = {{"O", "Shop"}};
         return Presenting(Forge(leaf), {pki.middle});
       },
       "pass", 2, 3},
      {"EmptySubject",
       [](const TlsPki& pki) {
         Forgery leaf = With(pki.Leaf(), "subjectAltName", "critical,DNS:shop.example");
         leaf.subject.clear();
         return Presenting(Forge(leaf), {pki.middle});
       },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->chain[0].subject, ""); }},
      {"Wildcard",
       [](const TlsPki& pki) { return WithNames(pki, "DNS:*.shop.example", "www.shop.example"); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->matched_name, "*.shop.example"); }},
      {"InternationalName",
       [](const TlsPki& pki) {
         return WithNames(pki, "DNS:xn--bcher-kva.example", "xn--bcher-kva.example");
       },
       "pass", 2, 3},
      {"NumericAddress",
       [](const TlsPki& pki) { return WithNames(pki, "IP:127.0.0.1", "127.0.0.1"); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->server_name, ""); }},
      {"VeryLongName",
       [](const TlsPki& pki) {
         const std::string label(63, 'a');
         const std::string name = label + "." + label + "." + label + ".shop.example";
         return WithNames(pki, "DNS:" + name, name);
       },
       "pass", 2, 3},
      {"ThousandsOfNames",
       [](const TlsPki& pki) { return WithNames(pki, ManyNames(3000), "host-02999.shop.example"); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) {
         EXPECT_EQ(seen.tls->chain[0].san.size(), 64U);
         EXPECT_EQ(seen.tls->matched_name, "host-02999.shop.example");
       }},
      {"DuplicateCertificates",
       [](const TlsPki& pki) {
         return Presenting(Forge(pki.Leaf()), {pki.middle, pki.middle});
       },
       "pass", 3, 3},
      {"SuperfluousCertificates",
       [](const TlsPki& pki) {
         return Presenting(Forge(pki.Leaf()), {pki.middle, pki.stranger_middle});
       },
       "pass", 3, 3},
      {"RootIsSentAlong",
       [](const TlsPki& pki) {
         return Presenting(Forge(pki.Leaf()), {pki.middle, pki.root});
       },
       "pass", 3, 3},
      {"CrossSignedByAnExpiredRoot", CrossSigned, "pass", 3, 3, {}, "", EndsBeforeThePath},
      {"MiddleEndsBeforeTheLeaf", ShortLivedMiddle, "pass", 2, 3},
      {"Rsa8192",
       [](const TlsPki& pki) { return WithKey(pki, "rsa:8192"); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { HasKey(seen, "RSA", 8192); }},
      {"P384",
       [](const TlsPki& pki) { return WithKey(pki, "P-384"); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { HasKey(seen, "EC", 384); }},
      {"Ed25519", [](const TlsPki& pki) { return WithKey(pki, "ed25519"); }, "pass", 2, 3},
      {"RsaPss", [](const TlsPki& pki) { return WithKey(pki, "rsa-pss:2048"); }, "pass", 2, 3},
      {"Sha512",
       [](const TlsPki& pki) {
         Forgery leaf = pki.Leaf();
         leaf.digest = "sha512";
         return Presenting(Forge(leaf), {pki.middle});
       },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) {
         EXPECT_EQ(seen.tls->chain[0].signature_algorithm, "ecdsa-with-SHA512");
       }},
      {"NameConstraintKept",
       [](const TlsPki& pki) {
         const io::CertifiedKey bound = Forge(
             With(pki.Authority("Bound"), "nameConstraints", "critical,permitted;DNS:example"));
         Forgery leaf = pki.Leaf();
         leaf.issuer = &bound;
         return Presenting(Forge(leaf), {bound});
       },
       "pass", 2, 3},
  };
}

}  // namespace gaikei
