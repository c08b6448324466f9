#include "checks/io/tls/tls_lints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/checks/io/x509_reader.h"
#include "tests/support/certificate_forge.h"

namespace gaikei::io {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using support::Forge;
using support::Forgery;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr hours kDay{24};

class TlsLintsTest : public testing::Test {
 protected:
  Forgery Authority(const std::string& name, const CertifiedKey* issuer) const {
    return {.subject = {{"CN", name}},
            .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                           {"keyUsage", "critical,keyCertSign"}},
            .issuer = issuer};
  }
  Forgery Leaf() const {
    return {.subject = {{"CN", "shop.example"}},
            .extensions = {{"basicConstraints", "critical,CA:FALSE"},
                           {"extendedKeyUsage", "serverAuth"},
                           {"subjectAltName", "DNS:shop.example"}},
            .issuer = &middle_};
  }

  /// Names and details of what is found in these, the leaf first.
  std::vector<std::string> Lint(const std::vector<CertifiedKey>& presented,
                                const std::vector<CertifiedKey>& path = {}, bool has_names = true) {
    details_.clear();
    held_.clear();
    ChainFacts facts{.presented = Hold(presented),
                     .path = Hold(path),
                     .name = "shop.example",
                     .has_names = has_names,
                     .now = now_};
    std::vector<std::string> names;
    for (const TlsLint& lint : LintChain(facts)) {
      names.push_back(lint.name);
      details_ += lint.detail + "\n";
    }
    return names;
  }
  std::vector<X509*> Hold(const std::vector<CertifiedKey>& all) {
    std::vector<X509*> borrowed;
    for (const CertifiedKey& one : all) {
      held_.push_back(X509From(one.certificate));
      borrowed.push_back(held_.back().get());
    }
    return borrowed;
  }

  const WallTime now_ = WallNow();
  const CertifiedKey root_ = Forge(Authority("Root", nullptr));
  const CertifiedKey middle_ = Forge(Authority("Middle", &root_));
  const CertifiedKey lower_ = Forge(Authority("Lower", &middle_));
  std::vector<std::shared_ptr<X509>> held_;
  std::string details_;
};

TEST_F(TlsLintsTest, NothingIsSaidOfWhatIsAsItShouldBe) {
  const CertifiedKey leaf = Forge(Leaf());
  EXPECT_THAT(Lint({leaf, middle_}, {leaf, middle_, root_}), IsEmpty()) << details_;
  EXPECT_THAT(Lint({leaf, middle_, root_}, {leaf, middle_, root_}), IsEmpty()) << "root sent";
  EXPECT_THAT(Lint({leaf, middle_, lower_}, {leaf, middle_, root_}), IsEmpty()) << "superfluous";
  EXPECT_THAT(Lint({leaf, lower_, middle_}, {leaf, middle_, root_}), IsEmpty()) << "superfluous";
}

TEST_F(TlsLintsTest, NamesAreLookedForWhereTheyBelong) {
  Forgery leaf = Leaf();
  leaf.extensions.pop_back();
  EXPECT_THAT(Lint({Forge(leaf), middle_}, {}, false), ElementsAre("cn_only"));
  leaf.subject = {{"CN", "other.example"}};
  EXPECT_THAT(Lint({Forge(leaf), middle_}, {}, false), ElementsAre("no_san"));
  leaf.subject = {{"O", "somebody"}};
  EXPECT_THAT(Lint({Forge(leaf), middle_}, {}, false), ElementsAre("no_san"));
}

TEST_F(TlsLintsTest, KeysThatAreTooSmall) {
  for (const char* key : {"rsa:1024", "P-192", "dsa:2048"}) {
    Forgery weak = Leaf();
    weak.key = key;
    EXPECT_THAT(Lint({Forge(weak), middle_}), ElementsAre("weak_key")) << key;
  }
  for (const char* key : {"rsa:2048", "P-224", "ed25519", "rsa-pss:2048"}) {
    Forgery sound = Leaf();
    sound.key = key;
    EXPECT_THAT(Lint({Forge(sound), middle_}), IsEmpty()) << key;
  }
}

TEST_F(TlsLintsTest, DigestsThatAreTooWeak) {
  for (const char* digest : {"sha1", "md5"}) {
    Forgery authority = Authority("Weak", &root_);
    authority.key = "rsa:2048";
    const CertifiedKey issuer = Forge(authority);
    Forgery weak = Leaf();
    weak.issuer = &issuer;
    weak.digest = digest;
    EXPECT_THAT(Lint({Forge(weak), issuer}), ElementsAre("sha1_signature")) << digest;
  }
  Forgery old = Authority("Old Root", nullptr);
  old.digest = "sha1";
  EXPECT_THAT(Lint({Forge(Leaf()), middle_, Forge(old)}), IsEmpty()) << "of a root nobody asks";
}

TEST_F(TlsLintsTest, OrderOfTheChain) {
  Forgery below = Leaf();
  below.issuer = &lower_;
  const CertifiedKey leaf = Forge(below);
  EXPECT_THAT(Lint({leaf, lower_, middle_}), IsEmpty());
  EXPECT_THAT(Lint({leaf, middle_, lower_}), ElementsAre("chain_out_of_order"));
  EXPECT_THAT(Lint({lower_, leaf}, {}, false),
              ElementsAre("chain_out_of_order", "incomplete_chain"));
}

TEST_F(TlsLintsTest, IssuersThatWereNotSent) {
  const CertifiedKey leaf = Forge(Leaf());
  EXPECT_THAT(Lint({leaf}), ElementsAre("incomplete_chain"));
  EXPECT_THAT(details_, HasSubstr("issuer CN=Middle was not sent"));
  EXPECT_THAT(Lint({leaf}, {leaf, middle_, root_}), ElementsAre("incomplete_chain"));
  EXPECT_THAT(details_, HasSubstr("CN=Middle was not sent, and is known here by chance"));
  EXPECT_THAT(Lint({leaf}, {leaf, middle_}), ElementsAre("incomplete_chain"));
  EXPECT_THAT(Lint({root_}, {root_}), IsEmpty()) << "signed by itself";
}

TEST_F(TlsLintsTest, WhatExpiresSoon) {
  struct Case {
    Span lifetime;
    Span left;
    bool is_soon;
  };
  for (const Case& c : {Case{90 * kDay, 14 * kDay - seconds(10), true},
                        Case{90 * kDay, 14 * kDay + seconds(10), false},
                        Case{6 * kDay, 2 * kDay + seconds(10), false},  // short-lived
                        Case{6 * kDay, 2 * kDay - seconds(10), true},
                        Case{90 * kDay, -seconds(10), false}}) {  // expired: the verdict's
    Forgery leaf = Leaf();
    leaf.not_after = now_ + c.left;
    leaf.not_before = now_ + c.left - c.lifetime;
    const auto names = Lint({Forge(leaf), middle_});
    if (c.is_soon) {
      EXPECT_THAT(names, ElementsAre("expires_soon")) << c.left.count();
    } else {
      EXPECT_THAT(names, IsEmpty()) << c.left.count();
    }
  }
}

TEST_F(TlsLintsTest, OfSeveralPathsTheVerifiedOneExpires) {
  Forgery old = Authority("Middle", &root_);
  old.not_after = now_ + 3 * kDay;
  old.not_before = now_ - 300 * kDay;
  const CertifiedKey dying = Forge(old);
  const CertifiedKey leaf = Forge(Leaf());
  EXPECT_THAT(Lint({leaf, middle_, dying}, {leaf, middle_, root_}), IsEmpty());
  EXPECT_THAT(Lint({leaf, dying}, {leaf, dying, root_}), ElementsAre("expires_soon"));
  EXPECT_THAT(details_, HasSubstr("certificate 2 of the chain (CN=Middle) expires in 3 days"));
}

TEST_F(TlsLintsTest, PurposeThatIsNotThatOfAServer) {
  Forgery client = Leaf();
  client.extensions[1].second = "clientAuth";
  EXPECT_THAT(Lint({Forge(client), middle_}), ElementsAre("no_server_auth"));
  client.extensions.erase(client.extensions.begin() + 1);
  EXPECT_THAT(Lint({Forge(client), middle_}), IsEmpty()) << "any purpose";
}

TEST_F(TlsLintsTest, SerialNumbersThatAreNone) {
  for (const long serial : {0L, -5L}) {
    held_.clear();
    ChainFacts facts{
        .presented = Hold({Forge(Leaf()), middle_}), .path = {}, .name = "x", .now = now_};
    ASN1_INTEGER_set(X509_get_serialNumber(facts.presented[0]), serial);
    const auto lints = LintChain(facts);
    ASSERT_EQ(lints.size(), 1U);
    EXPECT_EQ(lints[0].name, "bad_serial");
    EXPECT_THAT(lints[0].detail, HasSubstr(serial == 0 ? "zero" : "negative"));
  }
}

TEST(ConnectionLints, ByVersionAndCipher) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  ASSERT_EQ(SSL_CTX_set_cipher_list(context.get(), "ALL:eNULL:@SECLEVEL=0"), 1);
  const std::shared_ptr<SSL> ssl(SSL_new(context.get()), SSL_free);
  const auto names = [&](const std::string& version, const std::string& cipher) {
    const SSL_CIPHER* found = nullptr;
    STACK_OF(SSL_CIPHER)* all = SSL_get_ciphers(ssl.get());
    for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
      const SSL_CIPHER* one = sk_SSL_CIPHER_value(all, i);
      if (cipher == SSL_CIPHER_get_name(one)) found = one;
    }
    EXPECT_TRUE(cipher.empty() || found != nullptr) << cipher;
    std::vector<std::string> lints;
    for (const TlsLint& lint : LintConnection(version, found)) lints.push_back(lint.name);
    return lints;
  };
  EXPECT_THAT(names("TLSv1.3", "TLS_AES_128_GCM_SHA256"), IsEmpty());
  EXPECT_THAT(names("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"), IsEmpty());
  EXPECT_THAT(names("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305"), IsEmpty());
  EXPECT_THAT(names("TLSv1.2", "AES128-SHA"), ElementsAre("no_forward_secrecy"));
  EXPECT_THAT(names("TLSv1.2", "NULL-SHA256"), ElementsAre("weak_cipher", "no_forward_secrecy"));
  EXPECT_THAT(names("TLSv1.1", "ECDHE-RSA-AES128-SHA"), ElementsAre("legacy_version"));
  EXPECT_THAT(names("TLSv1", ""), ElementsAre("legacy_version"));
  EXPECT_THAT(names("", ""), IsEmpty());
}

TEST(StapleLints, MissingWhereItIsDemandedAndInvalid) {
  const CertifiedKey demanding = Forge({.extensions = {{"tlsfeature", "status_request"}}});
  const auto leaf = X509From(demanding.certificate);
  ASSERT_EQ(LintStaple(leaf.get(), std::nullopt).size(), 1U);
  EXPECT_EQ(LintStaple(leaf.get(), std::nullopt)[0].name, "must_staple_missing");
  EXPECT_THAT(LintStaple(leaf.get(), OcspFinding{.status = "good"}), IsEmpty());
  const auto lints = LintStaple(leaf.get(), OcspFinding{.status = "invalid", .detail = "why"});
  ASSERT_EQ(lints.size(), 1U);
  EXPECT_EQ(lints[0].name, "ocsp_invalid");
  EXPECT_EQ(lints[0].detail, "stapled OCSP response: why");
}

}  // namespace
}  // namespace gaikei::io
