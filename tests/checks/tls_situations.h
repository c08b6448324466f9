#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "checks/spec.h"
#include "results/outcome.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/tcp_server.h"
#include "tests/support/tls_server.h"

namespace gaikei {

/// The authorities of the torture table, made once.
struct TlsPki {
  io::CertifiedKey root;    ///< trusted
  io::CertifiedKey middle;  ///< issued by it
  io::CertifiedKey lower;   ///< issued by `middle`
  io::CertifiedKey stranger_root;
  io::CertifiedKey stranger_middle;

  static const TlsPki& Get();

  /// A leaf for shop.example, issued by `middle` unless the forgery says otherwise.
  support::Forgery Leaf() const;
  /// An authority, issued by the root unless the forgery says otherwise.
  support::Forgery Authority(const std::string& name) const;
};

/// The forgery with an extension added or changed; without one.
support::Forgery With(support::Forgery forgery, const std::string& extension,
                      const std::string& value);
support::Forgery Without(support::Forgery forgery, const std::string& extension);

/// `first` with others behind it, in this order.
io::CertifiedKey Present(io::CertifiedKey first, const std::vector<io::CertifiedKey>& others);

/// A server as it is set up, and how it is looked at.
struct TlsScene {
  support::TlsServerOptions tls = {};
  support::TcpServer::Handler story = {};  ///< instead of TLS
  std::string name = "shop.example";       ///< whom the check means
  TlsOptions check = {};
  std::string roots = {};  ///< PEM of trusted roots; empty: TlsPki::root
  std::optional<io::CertifiedKey> client = {};
  std::optional<Span> timeout = {};
};

/// A TLS server that presents `first` and the others behind it.
TlsScene Presenting(io::CertifiedKey first, const std::vector<io::CertifiedKey>& others);

/// One row of the table.
struct TlsSituation {
  std::string title;
  std::function<TlsScene(const TlsPki&)> make;
  std::string verdict;             ///< "fail tls_cert_expired tls"
  std::size_t chain = 0;           ///< certificates presented
  std::size_t verified_chain = 0;  ///< length of the path that was verified; 0: none was
  std::vector<std::string> lints = {};
  std::string words = {};  ///< part of the message
  std::function<void(const Observation&)> look = {};
};

/// By what they are about.
std::vector<TlsSituation> GoodSituations();
std::vector<TlsSituation> TrustSituations();
std::vector<TlsSituation> CertificateSituations();
std::vector<TlsSituation> HandshakeSituations();
std::vector<TlsSituation> AllTlsSituations();

}  // namespace gaikei
