#include "tests/checks/tls_situations.h"

#include <algorithm>
#include <utility>

namespace gaikei {

using support::Forge;
using support::Forgery;
using namespace std::chrono_literals;

const TlsPki& TlsPki::Get() {
  static const TlsPki pki = [] {
    TlsPki made;
    Forgery root = made.Authority("Root");
    root.issuer = nullptr;
    root.not_after = WallNow() + 24h * 1000;
    std::erase_if(root.extensions,
                  [](const auto& one) { return one.first == "authorityKeyIdentifier"; });
    made.root = Forge(root);
    root.subject = {{"CN", "Stranger"}};
    made.stranger_root = Forge(root);
    made.middle = Forge(made.Authority("Middle"));
    Forgery lower = made.Authority("Lower");
    lower.issuer = &made.middle;
    made.lower = Forge(lower);
    Forgery stranger = made.Authority("Stranger Middle");
    stranger.issuer = &made.stranger_root;
    made.stranger_middle = Forge(stranger);
    return made;
  }();
  return pki;
}

Forgery TlsPki::Leaf() const {
  return {.subject = {{"CN", "shop.example"}},
          .extensions = {{"basicConstraints", "critical,CA:FALSE"},
                         {"keyUsage", "critical,digitalSignature,keyEncipherment"},
                         {"extendedKeyUsage", "serverAuth"},
                         {"subjectKeyIdentifier", "hash"},
                         {"authorityKeyIdentifier", "keyid:always"},
                         {"subjectAltName", "DNS:shop.example"}},
          .issuer = &middle};
}

Forgery TlsPki::Authority(const std::string& name) const {
  return {.subject = {{"CN", name}},
          .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                         {"keyUsage", "critical,keyCertSign,cRLSign"},
                         {"subjectKeyIdentifier", "hash"},
                         {"authorityKeyIdentifier", "keyid:always"}},
          .not_after = WallNow() + 24h * 500,
          .issuer = &root};
}

Forgery With(Forgery forgery, const std::string& extension, const std::string& value) {
  for (auto& [name, old] : forgery.extensions) {
    if (name == extension) {
      old = value;
      return forgery;
    }
  }
  forgery.extensions.emplace_back(extension, value);
  return forgery;
}

Forgery Without(Forgery forgery, const std::string& extension) {
  std::erase_if(forgery.extensions, [&](const auto& one) { return one.first == extension; });
  return forgery;
}

io::CertifiedKey Present(io::CertifiedKey first, const std::vector<io::CertifiedKey>& others) {
  first.issuers.clear();
  for (const io::CertifiedKey& one : others) first.issuers += one.certificate;
  return first;
}

TlsScene Presenting(io::CertifiedKey first, const std::vector<io::CertifiedKey>& others) {
  TlsScene scene;
  scene.tls.certificate = Present(std::move(first), others);
  return scene;
}

std::vector<TlsSituation> AllTlsSituations() {
  std::vector<TlsSituation> all;
  for (auto part :
       {&GoodSituations, &TrustSituations, &CertificateSituations, &HandshakeSituations}) {
    for (TlsSituation& one : part()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace gaikei
