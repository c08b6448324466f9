#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checks/io/tls/trust.h"
#include "results/reason.h"

struct stack_st_X509;
struct x509_st;

namespace gaikei::io {

/// What verification of a presented chain came to.
struct Verdict {
  Reason reason = Reason::kNone;
  int code = 0;         ///< OpenSSL's verify code, X509_V_OK for success
  int depth = 0;        ///< of the certificate at fault, 0 the leaf
  std::string message;  ///< escaped; empty for success
  /// The path from the leaf to a trusted certificate, which is the last; empty: none was found. It
  /// may be there although something else is wrong (a date, a name).
  std::vector<std::shared_ptr<x509_st>> path;
  std::string matched_name;  ///< subjectAltName that `name` agrees with, escaped; empty: none
};

/// Verifies `leaf` for a server called `name` (a DNS name or a numeric address) against the roots
/// of `setup`, at `now`. Any thread. See TlsPeer for what is looked at, and in which order.
Verdict VerifyChain(const TlsSetup& setup, x509_st* leaf, stack_st_X509* presented,
                    const std::string& name, WallTime now);

}  // namespace gaikei::io
