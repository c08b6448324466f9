#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>

#include "checks/spec.h"
#include "results/time.h"

struct evp_pkey_st;
struct stack_st_X509;
struct ssl_ctx_st;
struct x509_st;
struct x509_store_st;

namespace gaikei::io {

/// One TLS setup, read from its files once: trusted roots, client certificate, versions, ciphers,
/// ALPN.
///
/// Immutable, any thread. Checks with the same options and unchanged files share one, so that
/// 100,000 checks parse the roots once and hold them once.
class TlsSetup {
 public:
  /// The error is one line and names the file. Without `cacert` the roots are those that
  /// SSL_CERT_FILE names, else libcurl's own file, else OpenSSL's default places. `clock` is what
  /// validity is judged by: another one than the system's is for tests.
  static tl::expected<std::shared_ptr<const TlsSetup>, std::string> Load(
      const TlsOptions& options, WallTime (*clock)() = &WallNow);

  ~TlsSetup();
  TlsSetup(const TlsSetup&) = delete;
  TlsSetup& operator=(const TlsSetup&) = delete;

  x509_store_st* store() const { return store_; }
  bool is_insecure() const { return is_insecure_; }
  const std::string& server_name() const { return server_name_; }  ///< empty: the host of the URL
  bool has_client_certificate() const { return certificate_ != nullptr; }
  WallTime Now() const { return clock_(); }

  /// The context that every TLS client of this setup shares but libcurl's, ready for a TlsPeer to
  /// be hung onto an SSL of it. Made when it is first asked for (it takes 1 MiB), not changed
  /// afterwards. Null when OpenSSL has no memory for it.
  ssl_ctx_st* client_context() const;

  /// Applies versions and ciphers, and the client certificate where `with_certificate`. False when
  /// OpenSSL refuses.
  bool Apply(ssl_ctx_st* context, bool with_certificate) const;

 private:
  TlsSetup() = default;
  static tl::expected<std::shared_ptr<TlsSetup>, std::string> Read(const TlsOptions& options,
                                                                   const std::string& roots);
  std::string ReadRoots(const TlsOptions& options, const std::string& roots);
  std::string ReadCertificate(const TlsOptions& options);
  ssl_ctx_st* MakeClientContext() const;

  x509_store_st* store_ = nullptr;
  x509_st* certificate_ = nullptr;  ///< null: none
  stack_st_X509* chain_ = nullptr;  ///< of the client certificate, without the leaf
  evp_pkey_st* key_ = nullptr;
  bool is_insecure_ = false;
  std::string server_name_;
  int min_version_ = 0;  ///< 0: libcurl's and OpenSSL's default
  int max_version_ = 0;
  std::string ciphers_;
  std::string alpn_;  ///< wire form (RFC 7301, 3.1); empty: none
  WallTime (*clock_)() = &WallNow;
  mutable std::once_flag context_once_;
  mutable ssl_ctx_st* context_ = nullptr;  ///< null until asked for
};

}  // namespace gaikei::io
