#include "checks/io/tls/trust.h"

#include <curl/curl.h>
#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "checks/io/net/errors.h"
#include "checks/io/tls/deleter.h"
#include "checks/io/tls/tls_peer.h"

namespace gaikei::io {
namespace {

using File = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;

/// What the last OpenSSL call complained about; clears the queue of this thread.
std::string OpensslText() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "unknown error" : reason;
}

/// Empty when the file can be read.
std::string WhyUnreadable(const std::string& path) {
  errno = 0;
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return ErrnoText(errno);
  std::fclose(file);
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return ErrnoText(EISDIR);
  return {};
}

/// Identity and age of a file: another one under the same name is another setup.
std::string Stamp(const std::string& path) {
  struct stat info {};
  if (path.empty() || stat(path.c_str(), &info) != 0) return path;
  return fmt::format("{}|{}|{}|{}|{}.{}", path, info.st_dev, info.st_ino, info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

/// File of the system's roots; empty: OpenSSL's default places.
std::string SystemRoots() {
  if (const char* path = std::getenv("SSL_CERT_FILE"); path != nullptr && *path != '\0') {
    return path;
  }
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  return curl->age >= CURLVERSION_SEVENTH && curl->cainfo != nullptr ? curl->cainfo : "";
}

int VersionNumber(const std::string& version) {
  if (version == "1.0") return TLS1_VERSION;
  if (version == "1.1") return TLS1_1_VERSION;
  if (version == "1.2") return TLS1_2_VERSION;
  if (version == "1.3") return TLS1_3_VERSION;
  return 0;
}

/// A list of names, each behind its length (RFC 7301, 3.1).
std::string AlpnWire(const std::vector<std::string>& names) {
  std::string wire;
  for (const std::string& name : names) {
    wire += static_cast<char>(static_cast<unsigned char>(name.size()));
    wire += name;
  }
  return wire;
}

/// Why a list of protocol names cannot be offered; empty when it can.
std::string WhyNoAlpn(const std::vector<std::string>& names) {
  std::size_t size = 0;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) return "alpn: a name has 1 to 255 bytes";
    size += name.size() + 1;
  }
  return size > 65535 ? "alpn: too many names" : "";
}

/// No passphrase is ever asked for at a terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

tl::expected<std::shared_ptr<const TlsSetup>, std::string> TlsSetup::Load(const TlsOptions& options,
                                                                          WallTime (*clock)()) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const TlsSetup>> known;

  const std::string roots = options.cacert.empty() ? SystemRoots() : options.cacert;
  if (std::string error = WhyNoAlpn(options.alpn); !error.empty()) {
    return tl::unexpected(std::move(error));
  }
  const std::string key =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", Stamp(roots), Stamp(options.cert),
                  Stamp(options.key), options.insecure, options.server_name, options.min_version,
                  options.max_version, options.ciphers, reinterpret_cast<std::uintptr_t>(clock),
                  AlpnWire(options.alpn));
  const std::lock_guard lock(mutex);
  if (const auto it = known.find(key); it != known.end()) {
    if (auto setup = it->second.lock()) return setup;
  }
  auto setup = Read(options, roots);
  if (setup) {
    (*setup)->clock_ = clock;
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    known[key] = *setup;
  }
  return setup;
}

tl::expected<std::shared_ptr<TlsSetup>, std::string> TlsSetup::Read(const TlsOptions& options,
                                                                    const std::string& roots) {
  ERR_clear_error();
  std::shared_ptr<TlsSetup> setup(new TlsSetup);
  setup->is_insecure_ = options.insecure;
  setup->server_name_ = options.server_name;
  setup->min_version_ = VersionNumber(options.min_version);
  setup->max_version_ = VersionNumber(options.max_version);
  setup->ciphers_ = options.ciphers;
  setup->alpn_ = AlpnWire(options.alpn);
  if (std::string error = setup->ReadRoots(options, roots); !error.empty()) {
    return tl::unexpected(std::move(error));
  }
  if (std::string error = setup->ReadCertificate(options); !error.empty()) {
    return tl::unexpected(std::move(error));
  }
  const Context trial(SSL_CTX_new(TLS_client_method()));
  if (trial == nullptr) return tl::unexpected("TLS: " + OpensslText());
  if (!setup->ciphers_.empty() &&
      SSL_CTX_set_cipher_list(trial.get(), setup->ciphers_.c_str()) != 1) {
    return tl::unexpected(fmt::format("ciphers: {}", OpensslText()));
  }
  if (!setup->Apply(trial.get(), true)) return tl::unexpected("TLS settings: " + OpensslText());
  return setup;
}

std::string TlsSetup::ReadRoots(const TlsOptions& options, const std::string& roots) {
  store_ = X509_STORE_new();
  if (store_ == nullptr) return "TLS: " + OpensslText();
  if (roots.empty()) {
    if (X509_STORE_set_default_paths(store_) != 1) return "trusted certificates: " + OpensslText();
    return {};
  }
  const std::string what = options.cacert.empty() ? "trusted certificates" : "cacert";
  if (const std::string why = WhyUnreadable(roots); !why.empty()) {
    return fmt::format("{}: cannot read {}: {}", what, roots, why);
  }
  if (X509_STORE_load_file(store_, roots.c_str()) != 1) {
    ERR_clear_error();
    return fmt::format("{}: {} holds no certificate in PEM form", what, roots);
  }
  return {};
}

std::string TlsSetup::ReadCertificate(const TlsOptions& options) {
  if (options.cert.empty()) return options.key.empty() ? "" : "key without cert";
  if (const std::string why = WhyUnreadable(options.cert); !why.empty()) {
    return fmt::format("cert: cannot read {}: {}", options.cert, why);
  }
  const File file(BIO_new_file(options.cert.c_str(), "r"));
  certificate_ = file ? PEM_read_bio_X509_AUX(file.get(), nullptr, NoPassphrase, nullptr) : nullptr;
  if (certificate_ == nullptr) {
    ERR_clear_error();
    return fmt::format("cert: {} holds no certificate in PEM form", options.cert);
  }
  chain_ = sk_X509_new_null();
  while (X509* issuer = PEM_read_bio_X509(file.get(), nullptr, NoPassphrase, nullptr)) {
    sk_X509_push(chain_, issuer);
  }
  ERR_clear_error();  // the end of the file is an error to PEM_read

  const std::string& path = options.key.empty() ? options.cert : options.key;
  if (const std::string why = WhyUnreadable(path); !why.empty()) {
    return fmt::format("key: cannot read {}: {}", path, why);
  }
  const File key_file(BIO_new_file(path.c_str(), "r"));
  key_ =
      key_file ? PEM_read_bio_PrivateKey(key_file.get(), nullptr, NoPassphrase, nullptr) : nullptr;
  ERR_clear_error();
  if (key_ == nullptr) {
    return fmt::format("key: {} holds no private key in PEM form without a passphrase", path);
  }
  if (X509_check_private_key(certificate_, key_) != 1) {
    ERR_clear_error();
    return fmt::format("key: {} does not belong to the certificate in {}", path, options.cert);
  }
  return {};
}

bool TlsSetup::Apply(SSL_CTX* context, bool with_certificate) const {
  if (min_version_ != 0 && SSL_CTX_set_min_proto_version(context, min_version_) != 1) return false;
  if (max_version_ != 0 && SSL_CTX_set_max_proto_version(context, max_version_) != 1) return false;
  if (!ciphers_.empty() && SSL_CTX_set_cipher_list(context, ciphers_.c_str()) != 1) return false;
  if (!with_certificate || certificate_ == nullptr) return true;
  return SSL_CTX_use_cert_and_key(context, certificate_, key_, chain_, 1) == 1;
}

SSL_CTX* TlsSetup::client_context() const {
  std::call_once(context_once_, [this] { context_ = MakeClientContext(); });
  return context_;
}

SSL_CTX* TlsSetup::MakeClientContext() const {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || !TlsPeer::Prepare(context.get()) || !Apply(context.get(), true)) {
    ERR_clear_error();
    return nullptr;
  }
  SSL_CTX_set_verify(context.get(), is_insecure_ ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_read_ahead(context.get(), 1);  // a system call a record, not two
  // Unlike its like, this one gives 0 for success.
  if (!alpn_.empty() &&
      SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(alpn_.data()),
                              static_cast<unsigned>(alpn_.size())) != 0) {
    return nullptr;
  }
  return context.release();
}

TlsSetup::~TlsSetup() {
  SSL_CTX_free(context_);
  X509_STORE_free(store_);
  X509_free(certificate_);
  sk_X509_pop_free(chain_, X509_free);
  EVP_PKEY_free(key_);
}

}  // namespace gaikei::io
