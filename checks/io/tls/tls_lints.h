#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/io/tls/ocsp.h"
#include "results/outcome.h"

struct ssl_cipher_st;
struct x509_st;

/// What is legal about a certificate or a connection, and yet should be mended: docs/tls.md lists
/// the names, which are stable. Nothing here decides a verdict. Pure; any thread; each name at most
/// once in a result.
namespace gaikei::io {

/// Every name that a lint may have.
std::span<const std::string_view> AllTlsLints();

/// What LintChain() looks at. Certificates are borrowed.
struct ChainFacts {
  std::vector<x509_st*> presented;  ///< leaf first, at least one
  std::vector<x509_st*> path;       ///< that verification found, anchor last; empty: none
  std::string name;                 ///< asked for, a name or a numeric address
  bool has_names = true;            ///< the leaf has a subjectAltName that is a name or an address
  WallTime now{};
};

std::vector<TlsLint> LintChain(const ChainFacts& facts);

/// `version` as OpenSSL writes it ("TLSv1"); `cipher` null: none was agreed upon.
std::vector<TlsLint> LintConnection(const std::string& version, const ssl_cipher_st* cipher);

/// `finding` absent: nothing was stapled.
std::vector<TlsLint> LintStaple(x509_st* leaf, const std::optional<OcspFinding>& finding);

}  // namespace gaikei::io
