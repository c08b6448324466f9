#include "checks/io/tls/certificate_maker.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <stdexcept>

namespace gaikei::io {
namespace {

template <auto kFree>
struct Freeing {
  template <typename T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Bio = std::unique_ptr<BIO, Freeing<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;

[[noreturn]] void Throw(const std::string& what) {
  char text[256] = "no detail";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof(text));
  }
  ERR_clear_error();
  throw std::runtime_error(what + ": " + text);
}

void Require(bool is_good, const char* what) {
  if (!is_good) Throw(what);
}

Key MakeKey(int rsa_bits) {
  Key key(rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned>(rsa_bits)));
  Require(key != nullptr, "make a key");
  return key;
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string ToPem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "write a certificate");
  return Text(bio.get());
}

std::string ToPem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(
      bio && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "write a key");
  return Text(bio.get());
}

Bio Reader(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Certificate CertificateFrom(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr));
  Require(certificate != nullptr, "read the issuer's certificate");
  return certificate;
}

Key KeyFrom(const std::string& pem) {
  Key key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, nullptr, nullptr));
  Require(key != nullptr, "read the issuer's key");
  return key;
}

void Extend(X509* certificate, X509V3_CTX* context, int kind, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, context, kind, value.c_str()));
  Require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

/// OpenSSL's notation takes a comma for the next name, so a name with one would become two.
std::string AlternativeNames(const CertificateRequest& request) {
  std::string text;
  const auto add = [&text](const char* kind, const std::string& name) {
    if (name.find(',') != std::string::npos)
      throw std::runtime_error("a comma in the name " + name);
    text += (text.empty() ? "" : ",") + std::string(kind) + name;
  };
  for (const std::string& name : request.dns_names) add("DNS:", name);
  for (const std::string& address : request.addresses) add("IP:", address);
  return text;
}

void SetTime(ASN1_TIME* field, WallTime time) {
  // UTCTime up to 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5): OpenSSL chooses.
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  Require(ASN1_TIME_set(field, static_cast<std::time_t>(seconds.count())) != nullptr, "set a date");
}

void SetSerial(X509* certificate) {
  unsigned char bytes[16];
  Require(RAND_bytes(bytes, sizeof(bytes)) == 1, "random bytes");
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);  // Positive, and of full length.
  BIGNUM* number = BN_bin2bn(bytes, sizeof(bytes), nullptr);
  const bool is_set = number != nullptr &&
                      BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  Require(is_set, "set the serial number");
}

void SetName(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  Require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1,
          "set the common name");
}

void AddExtensions(X509* certificate, X509* issuer, const CertificateRequest& request) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Extend(certificate, &context, NID_basic_constraints,
         request.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  Extend(certificate, &context, NID_key_usage,
         request.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!request.is_ca && !request.extended_key_usage.empty()) {
    Extend(certificate, &context, NID_ext_key_usage, request.extended_key_usage);
  }
  if (!request.issuer_url.empty()) {
    Extend(certificate, &context, NID_info_access, "caIssuers;URI:" + request.issuer_url);
  }
  Extend(certificate, &context, NID_subject_key_identifier, "hash");
  if (issuer != certificate) {
    Extend(certificate, &context, NID_authority_key_identifier, "keyid:always");
  }
  if (const std::string names = AlternativeNames(request); !names.empty()) {
    Extend(certificate, &context, NID_subject_alt_name, names);
  }
}

bool IsSelfSigned(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

}  // namespace

CertifiedKey MakeCertificate(const CertificateRequest& request) {
  const Key key = MakeKey(request.rsa_bits);
  const Certificate certificate(X509_new());
  X509* x509 = certificate.get();
  Require(x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1, "make a certificate");
  SetSerial(x509);
  SetName(x509, request.common_name);
  const WallTime now = WallNow();
  SetTime(X509_getm_notBefore(x509), request.not_before.value_or(now - std::chrono::hours(1)));
  SetTime(X509_getm_notAfter(x509), request.not_after.value_or(now + std::chrono::hours(24 * 30)));
  Require(X509_set_pubkey(x509, key.get()) == 1, "set the public key");

  Certificate issuer;
  Key issuer_key;
  if (request.issuer != nullptr) {
    issuer = CertificateFrom(request.issuer->certificate);
    issuer_key = KeyFrom(request.issuer->key);
  }
  X509* signer = issuer ? issuer.get() : x509;
  Require(X509_set_issuer_name(x509, X509_get_subject_name(signer)) == 1, "set the issuer");
  AddExtensions(x509, signer, request);

  const EVP_MD* digest = EVP_get_digestbyname(request.digest.c_str());
  Require(digest != nullptr, "find the digest");
  Require(X509_sign(x509, issuer_key ? issuer_key.get() : key.get(), digest) > 0, "sign");

  CertifiedKey made;
  made.certificate = ToPem(x509);
  made.key = ToPem(key.get());
  if (issuer && !IsSelfSigned(issuer.get())) made.issuers = request.issuer->Chain();
  return made;
}

}  // namespace gaikei::io
