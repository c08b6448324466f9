/// Handshakes: old versions, weak ciphers, refusals, and peers that speak no TLS.

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/checks/tls_situations.h"

namespace gaikei {
namespace {

using support::Connection;
using support::Forge;
using support::Forgery;
using namespace std::chrono_literals;

constexpr const char* kAlert = "fail tls_alert tls";
constexpr const char* kProtocol = "fail tls_protocol tls";

/// A good chain with an RSA key, which every cipher can use.
TlsScene Rsa(const TlsPki& pki) {
  static const io::CertifiedKey leaf = [&] {
    Forgery forgery = pki.Leaf();
    forgery.key = "rsa:2048";
    return Forge(forgery);
  }();
  return Presenting(leaf, {pki.middle});
}

/// A server of one version alone, and a check that takes `least` or newer, however weak.
TlsScene OnlyVersion(const TlsPki& pki, int version, const std::string& least = {}) {
  TlsScene scene = Rsa(pki);
  scene.tls.min_version = scene.tls.max_version = version;
  scene.check.min_version = least;
  if (!least.empty()) scene.check.ciphers = "DEFAULT:@SECLEVEL=0";
  return scene;
}

TlsScene OnlyCipher(const TlsPki& pki, const std::string& ciphers, const std::string& ours = {}) {
  TlsScene scene = Rsa(pki);
  scene.tls.max_version = TLS1_2_VERSION;
  scene.tls.ciphers = ciphers + ":@SECLEVEL=0";
  scene.check.ciphers = ours;
  return scene;
}

TlsScene DiffieHellman(const TlsPki& pki, int bits) {
  TlsScene scene = OnlyCipher(pki, "DHE-RSA-AES128-GCM-SHA256");
  scene.tls.dh_bits = bits;
  return scene;
}

TlsScene Demanding(const TlsPki& pki, int version, const io::CertifiedKey* issuer) {
  TlsScene scene = OnlyVersion(pki, version);
  scene.tls.client_roots = pki.root.certificate;
  if (issuer != nullptr) {
    Forgery client = With(pki.Leaf(), "extendedKeyUsage", "clientAuth");
    client.issuer = issuer;
    scene.client = Forge(client);
  }
  return scene;
}

TlsScene Story(const support::TcpServer::Handler& story) {
  TlsScene scene;
  scene.story = story;
  return scene;
}

TlsScene Saying(const std::string& bytes) {
  return Story([bytes](Connection& c) {
    c.ReadSome();
    c.Write(bytes);
    c.CloseGracefully();
  });
}

TlsScene Alert(char number) { return Saying(std::string("\x15\x03\x03\x00\x02\x02", 6) + number); }

TlsScene Impatient(TlsScene scene) {
  scene.timeout = 200ms;
  return scene;
}

void SpokeVersion(const Observation& seen, const std::string& version) {
  EXPECT_EQ(seen.tls->version, version);
}

std::vector<TlsSituation> Versions() {
  return {
      // The server says no, or OpenSSL's security level does on our side.
      {"OnlyTls10",
       [](const TlsPki& pki) { return OnlyVersion(pki, TLS1_VERSION, "1.2"); },
       kAlert,
       0,
       0,
       {},
       "(70)"},
      {"OnlyTls11",
       [](const TlsPki& pki) { return OnlyVersion(pki, TLS1_1_VERSION, "1.2"); },
       kAlert,
       0,
       0,
       {},
       "(70)"},
      {"Tls10RefusedByOurSide",
       [](const TlsPki& pki) {
         TlsScene scene = OnlyVersion(pki, TLS1_VERSION, "1.0");
         scene.check.ciphers = "DEFAULT:@SECLEVEL=2";
         return scene;
       },
       kProtocol,
       2,
       3,
       {"legacy_version"}},
      {"Tls10WhereAskedFor",
       [](const TlsPki& pki) { return OnlyVersion(pki, TLS1_VERSION, "1.0"); },
       "warn expect_tls",
       2,
       3,
       {"legacy_version"},
       "legacy_version: ",
       [](const Observation& seen) { SpokeVersion(seen, "TLSv1"); }},
      {"Tls11WhereAskedFor",
       [](const TlsPki& pki) { return OnlyVersion(pki, TLS1_1_VERSION, "1.1"); },
       "warn expect_tls",
       2,
       3,
       {"legacy_version"},
       "legacy_version: ",
       [](const Observation& seen) { SpokeVersion(seen, "TLSv1.1"); }},
      {"OnlyTls12",
       [](const TlsPki& pki) { return OnlyVersion(pki, TLS1_2_VERSION); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { SpokeVersion(seen, "TLSv1.2"); }},
      {"OnlyTls13",
       [](const TlsPki& pki) { return OnlyVersion(pki, TLS1_3_VERSION); },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { SpokeVersion(seen, "TLSv1.3"); }},
      {"NewerThanTheServer",
       [](const TlsPki& pki) {
         TlsScene scene = OnlyVersion(pki, TLS1_2_VERSION);
         scene.check.min_version = "1.3";
         return scene;
       },
       kAlert,
       0,
       0,
       {},
       "(70)"},
  };
}

std::vector<TlsSituation> Ciphers() {
  return {
      {"StaticRsa",
       [](const TlsPki& pki) { return OnlyCipher(pki, "AES128-GCM-SHA256"); },
       "warn expect_tls",
       2,
       3,
       {"no_forward_secrecy"},
       "no_forward_secrecy: ",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->group, ""); }},
      {"CbcCipher", [](const TlsPki& pki) { return OnlyCipher(pki, "ECDHE-RSA-AES128-SHA256"); },
       "pass", 2, 3},
      {"OnlyNullCiphers",
       [](const TlsPki& pki) { return OnlyCipher(pki, "eNULL"); },
       kAlert,
       0,
       0,
       {},
       "handshake failure (40)"},
      {"OnlyAnonymousCiphers",
       [](const TlsPki& pki) { return OnlyCipher(pki, "aNULL"); },
       kAlert,
       0,
       0,
       {},
       "handshake failure (40)"},
      {"NullCipherWhereAskedFor",
       [](const TlsPki& pki) { return OnlyCipher(pki, "NULL-SHA256", "NULL-SHA256:@SECLEVEL=0"); },
       "warn expect_tls",
       2,
       3,
       {"weak_cipher", "no_forward_secrecy"},
       "weak_cipher: "},
      {"DiffieHellman1024",
       [](const TlsPki& pki) { return DiffieHellman(pki, 1024); },
       kProtocol,
       2,
       3,
       {},
       "dh key too small"},
      {"DiffieHellman2048", [](const TlsPki& pki) { return DiffieHellman(pki, 2048); }, "pass", 2,
       3},
  };
}

std::vector<TlsSituation> Refusals() {
  return {
      {"ClientCertificateMissingTls12",
       [](const TlsPki& pki) { return Demanding(pki, TLS1_2_VERSION, nullptr); },
       kAlert,
       2,
       3,
       {},
       "(40)"},
      {"ClientCertificateMissingTls13",
       [](const TlsPki& pki) { return Demanding(pki, TLS1_3_VERSION, nullptr); },
       kAlert,
       2,
       3,
       {},
       "(116)"},
      {"ClientCertificateRefusedTls12",
       [](const TlsPki& pki) { return Demanding(pki, TLS1_2_VERSION, &pki.stranger_root); },
       kAlert,
       2,
       3,
       {},
       "(48)"},
      {"ClientCertificateRefusedTls13",
       [](const TlsPki& pki) { return Demanding(pki, TLS1_3_VERSION, &pki.stranger_root); },
       kAlert,
       2,
       3,
       {},
       "(48)"},
      {"ClientCertificateTaken",
       [](const TlsPki& pki) { return Demanding(pki, TLS1_3_VERSION, &pki.root); }, "pass", 2, 3},
      {"NameUnknown",
       [](const TlsPki& pki) {
         TlsScene scene = Rsa(pki);
         scene.tls.refused_name = "shop.example";
         return scene;
       },
       kAlert,
       0,
       0,
       {},
       "unrecognized name (112)"},
      {"NameHasACertificateOfItsOwn",
       [](const TlsPki& pki) {
         TlsScene scene = Presenting(
             Forge(With(pki.Leaf(), "subjectAltName", "DNS:default.example")), {pki.middle});
         scene.tls.by_name["shop.example"] = Present(Forge(pki.Leaf()), {pki.middle});
         return scene;
       },
       "pass", 2, 3},
      {"AlpnRefused",
       [](const TlsPki& pki) {
         TlsScene scene = Rsa(pki);
         scene.tls.alpn = {"h2"};
         scene.check.alpn = {"imap"};
         return scene;
       },
       kAlert,
       0,
       0,
       {},
       "no application protocol (120)"},
      {"AlpnIgnored",
       [](const TlsPki& pki) {
         TlsScene scene = Rsa(pki);
         scene.check.alpn = {"h2"};
         return scene;
       },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->alpn, ""); }},
      {"AlpnChosen",
       [](const TlsPki& pki) {
         TlsScene scene = Rsa(pki);
         scene.tls.alpn = {"http/1.1"};
         scene.check.alpn = {"h2", "http/1.1"};
         return scene;
       },
       "pass",
       2,
       3,
       {},
       "",
       [](const Observation& seen) { EXPECT_EQ(seen.tls->alpn, "http/1.1"); }},
      {"Alert40",
       [](const TlsPki&) { return Alert(40); },
       kAlert,
       0,
       0,
       {},
       "handshake failure (40)"},
      {"Alert70",
       [](const TlsPki&) { return Alert(70); },
       kAlert,
       0,
       0,
       {},
       "protocol version (70)"},
      {"Alert80", [](const TlsPki&) { return Alert(80); }, kAlert, 0, 0, {}, "internal error (80)"},
  };
}

std::vector<TlsSituation> NoTls() {
  return {
      {"PlainHttp",
       [](const TlsPki&) {
         return Saying("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
       },
       kProtocol},
      {"SshBanner", [](const TlsPki&) { return Saying("SSH-2.0-OpenSSH_9.2\r\n"); }, kProtocol},
      {"Garbage", [](const TlsPki&) { return Saying(std::string(4096, '\xa5')); }, kProtocol},
      {"RecordTooLong",
       [](const TlsPki&) {
         return Saying(std::string("\x16\x03\x03\xff\xff", 5) + std::string(65535, 'x'));
       },
       kProtocol},
      {"Silence",
       [](const TlsPki&) { return Impatient(Story([](Connection& c) { c.WaitUntilClosed(); })); },
       "fail tls_timeout tls",
       0,
       0,
       {},
       "TLS handshake not finished"},
      {"OneRecordThenSilence",
       [](const TlsPki&) {
         return Impatient(Story([](Connection& c) {
           c.ReadSome();
           c.Write(std::string("\x16\x03\x03\x00\x40\x02\x00\x00\x3c\x03\x03", 11));
           c.WaitUntilClosed();
         }));
       },
       "fail tls_timeout tls"},
      {"OneByteAtATime",
       [](const TlsPki&) {
         return Impatient(Story([](Connection& c) {
           c.ReadSome();
           c.Write(std::string("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", 9));
           while (!c.Pause(5ms) && c.Write("x")) {
           }
         }));
       },
       "fail tls_timeout tls"},
      {"ResetInTheHandshake",
       [](const TlsPki&) {
         return Story([](Connection& c) {
           c.ReadSome();
           c.Reset();
         });
       },
       "fail reset tls"},
      {"CloseInTheHandshake", [](const TlsPki&) { return Saying(""); }, kProtocol},
      {"CloseInsideARecord",
       [](const TlsPki&) { return Saying(std::string("\x16\x03\x03\x00\x40\x02", 6)); }, kProtocol},
  };
}

}  // namespace

std::vector<TlsSituation> HandshakeSituations() {
  std::vector<TlsSituation> all;
  for (auto part : {&Versions, &Ciphers, &Refusals, &NoTls}) {
    for (TlsSituation& one : part()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace gaikei
