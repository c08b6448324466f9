#include "tests/support/certificate_forge.h"

#include <openssl/bio.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <stdexcept>

namespace gaikei::support {
namespace {

template <auto kFree>
struct Freeing {
  template <typename T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freeing<EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Bio = std::unique_ptr<BIO, Freeing<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Freeing<OCSP_BASICRESP_free>>;
using Answer = std::unique_ptr<OCSP_RESPONSE, Freeing<OCSP_RESPONSE_free>>;
using Time = std::unique_ptr<ASN1_TIME, Freeing<ASN1_TIME_free>>;

void Require(bool is_good, const std::string& what) {
  if (is_good) return;
  char text[256] = "no detail";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof(text));
  }
  ERR_clear_error();
  throw std::runtime_error(what + ": " + text);
}

Bio Reader(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Certificate CertificateFrom(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr));
  Require(certificate != nullptr, "read a certificate");
  return certificate;
}

Key KeyFrom(const std::string& pem) {
  Key key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, nullptr, nullptr));
  Require(key != nullptr, "read a key");
  return key;
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Key Generate(EVP_PKEY_CTX* context) {
  EVP_PKEY* key = nullptr;
  Require(EVP_PKEY_generate(context, &key) == 1, "make a key");
  return Key(key);
}

Key MakeRsaPss(int bits) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
  Require(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1,
          "prepare RSA-PSS");
  return Generate(context.get());
}

Key MakeDsa(int bits) {
  const KeyContext parameters(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* group = nullptr;
  Require(parameters && EVP_PKEY_paramgen_init(parameters.get()) == 1 &&
              EVP_PKEY_CTX_set_dsa_paramgen_bits(parameters.get(), bits) == 1 &&
              EVP_PKEY_paramgen(parameters.get(), &group) == 1,
          "make a DSA group");
  const Key owned(group);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, group, nullptr));
  Require(context && EVP_PKEY_keygen_init(context.get()) == 1, "prepare DSA");
  return Generate(context.get());
}

Key MakeKey(const std::string& kind) {
  const std::size_t colon = kind.find(':');
  const std::string family = kind.substr(0, colon);
  const int bits = colon == std::string::npos ? 0 : std::stoi(kind.substr(colon + 1));
  if (family == "rsa-pss") return MakeRsaPss(bits);
  if (family == "dsa") return MakeDsa(bits);
  Key key(family == "rsa"       ? EVP_RSA_gen(static_cast<unsigned>(bits))
          : family == "ed25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                : EVP_EC_gen(kind.c_str()));
  Require(key != nullptr, "make a key " + kind);
  return key;
}

void SetTime(ASN1_TIME* field, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  Require(ASN1_TIME_set(field, static_cast<std::time_t>(seconds.count())) != nullptr, "a date");
}

void Fill(X509* x509, const Forgery& forgery) {
  unsigned char serial[8];
  Require(RAND_bytes(serial, sizeof(serial)) == 1, "random bytes");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial[0] | 1ULL << 40U |
                                                           static_cast<unsigned>(serial[1]) << 8U |
                                                           static_cast<unsigned>(serial[2]) << 16U);
  for (const auto& [field, value] : forgery.subject) {
    Require(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), field.c_str(), MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, 0) == 1,
            "subject");
  }
  const WallTime now = WallNow();
  SetTime(X509_getm_notBefore(x509), forgery.not_before.value_or(now - std::chrono::hours(1)));
  SetTime(X509_getm_notAfter(x509), forgery.not_after.value_or(now + std::chrono::hours(24 * 80)));
}

void Extend(X509* x509, X509* issuer, const Forgery& forgery) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  for (const auto& [name, value] : forgery.extensions) {
    const Extension extension(X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str()));
    Require(extension && X509_add_ext(x509, extension.get(), -1) == 1, "extension " + name);
  }
}

Time TimeAt(std::chrono::hours from_now) {
  Time time(ASN1_TIME_new());
  SetTime(time.get(), WallNow() + from_now);
  return time;
}

}  // namespace

io::CertifiedKey Forge(const Forgery& forgery) {
  const Key key = forgery.key_of != nullptr ? KeyFrom(forgery.key_of->key) : MakeKey(forgery.key);
  const Certificate certificate(X509_new());
  X509* x509 = certificate.get();
  Require(x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1 &&
              X509_set_pubkey(x509, key.get()) == 1,
          "make a certificate");
  Fill(x509, forgery);
  Certificate issuer;
  Key issuer_key;
  if (forgery.issuer != nullptr) {
    issuer = CertificateFrom(forgery.issuer->certificate);
    issuer_key = KeyFrom(forgery.issuer->key);
  }
  X509* signer = issuer ? issuer.get() : x509;
  Require(X509_set_issuer_name(x509, X509_get_subject_name(signer)) == 1, "issuer");
  Extend(x509, signer, forgery);
  const EVP_MD* digest =
      forgery.digest.empty() ? nullptr : EVP_get_digestbyname(forgery.digest.c_str());
  Require(forgery.digest.empty() || digest != nullptr, "digest " + forgery.digest);
  Require(X509_sign(x509, issuer_key ? issuer_key.get() : key.get(), digest) > 0, "sign");

  io::CertifiedKey made;
  const Bio out(BIO_new(BIO_s_mem()));
  Require(out && PEM_write_bio_X509(out.get(), x509) == 1, "write a certificate");
  made.certificate = Text(out.get());
  const Bio secret(BIO_new(BIO_s_mem()));
  Require(secret && PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1,
          "write a key");
  made.key = Text(secret.get());
  return made;
}

std::string ForgeOcspAnswer(const io::CertifiedKey& certificate, const io::CertifiedKey& issuer,
                            bool is_revoked) {
  const Certificate subject = CertificateFrom(certificate.certificate);
  const Certificate authority = CertificateFrom(issuer.certificate);
  const Key key = KeyFrom(issuer.key);
  const Basic basic(OCSP_BASICRESP_new());
  OCSP_CERTID* id = OCSP_cert_to_id(nullptr, subject.get(), authority.get());
  const Time revoked = TimeAt(std::chrono::hours(-24));
  const Time from = TimeAt(std::chrono::hours(-1));
  const Time until = TimeAt(std::chrono::hours(24));
  const bool is_added =
      OCSP_basic_add1_status(
          basic.get(), id, is_revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
          OCSP_REVOKED_STATUS_KEYCOMPROMISE, is_revoked ? revoked.get() : nullptr, from.get(),
          until.get()) != nullptr;
  OCSP_CERTID_free(id);
  Require(is_added, "OCSP status");
  Require(OCSP_basic_sign(basic.get(), authority.get(), key.get(), EVP_sha256(), nullptr, 0) == 1,
          "sign an OCSP answer");
  const Answer answer(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(answer.get(), &der);
  Require(size > 0, "write an OCSP answer");
  const std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace gaikei::support
