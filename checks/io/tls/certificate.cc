#include "checks/io/tls/certificate.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <limits>
#include <memory>

#include "checks/io/tls/deleter.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr int kNamesKept = 64;

std::string Hex(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0xfU];
  }
  return text;
}

std::string SerialOf(X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  return Hex(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
}

std::string IpText(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int length = ASN1_STRING_length(bytes);
  const int family = length == 4 ? AF_INET : AF_INET6;
  if (length != 4 && length != 16) return {};
  inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size());
  return text.data();
}

std::vector<std::string> NamesOf(X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    if (names.size() >= kNamesKept) break;
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      const ASN1_IA5STRING* text = name->d.dNSName;
      names.push_back(Escape({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                              static_cast<std::size_t>(ASN1_STRING_length(text))}));
    } else if (name->type == GEN_IPADD) {
      if (std::string text = IpText(name->d.iPAddress); !text.empty()) {
        names.push_back(std::move(text));
      }
    }
  }
  return names;
}

}  // namespace

WallTime TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  using std::chrono::seconds;
  // 1970 to 2262: the difference of any two of them is a Span, and whole days can be taken of it.
  constexpr auto kMax =
      std::chrono::duration_cast<seconds>(Span::max() - std::chrono::hours(24)).count();
  const auto since_epoch = static_cast<std::int64_t>(timegm(&parts));
  return WallTime(seconds(std::clamp<std::int64_t>(since_epoch, 0, kMax)));
}

std::string NameText(const X509_NAME* name) {
  const std::unique_ptr<BIO, Deleter<BIO_free>> out(BIO_new(BIO_s_mem()));
  if (out == nullptr) return {};
  X509_NAME_print_ex(out.get(), name, 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  if (text == nullptr || size <= 0) return {};
  return Escape({text, static_cast<std::size_t>(size)});
}

CertificateInfo DescribeCertificate(X509* certificate) {
  CertificateInfo info;
  info.subject = NameText(X509_get_subject_name(certificate));
  info.issuer = NameText(X509_get_issuer_name(certificate));
  info.not_before = TimeOf(X509_get0_notBefore(certificate));
  info.not_after = TimeOf(X509_get0_notAfter(certificate));
  info.serial = SerialOf(certificate);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1) {
    info.sha256 = Hex(digest.data(), size);
  }
  info.san = NamesOf(certificate);
  if (EVP_PKEY* key = X509_get0_pubkey(certificate); key != nullptr) {
    const char* type = OBJ_nid2sn(EVP_PKEY_get_base_id(key));
    if (type != nullptr) info.key_type = type;
    if (info.key_type == "rsaEncryption") info.key_type = "RSA";
    if (info.key_type == "id-ecPublicKey") info.key_type = "EC";
    info.key_bits = EVP_PKEY_get_bits(key);
  }
  if (const char* name = OBJ_nid2ln(X509_get_signature_nid(certificate)); name != nullptr) {
    info.signature_algorithm = name;
  }
  return info;
}

}  // namespace gaikei::io
