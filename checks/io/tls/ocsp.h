#pragma once

#include <optional>
#include <span>
#include <string>

#include "results/time.h"

struct x509_st;

namespace gaikei::io {

/// What a stapled OCSP response (RFC 6960; RFC 6066, 8) says of a certificate.
struct OcspFinding {
  /// "good", "revoked", "unknown"; "invalid" where the response cannot be believed: not readable, a
  /// failure of the responder, about another certificate, signed by somebody else, out of date.
  std::string status;
  std::string detail = {};       ///< of "revoked" and "invalid", one line, escaped; else empty
  std::optional<Span> age = {};  ///< since its thisUpdate; absent where it names none for `leaf`
};

/// Reads the bytes that were stapled. The response has to be about `leaf`, signed by `issuer` or by
/// somebody whom `issuer` made responder (RFC 6960, 4.2.2.2), begun at most five minutes from now
/// and not ended. `issuer` null: it is not known, and the response cannot be believed. Pure; any
/// bytes.
OcspFinding ReadOcsp(std::span<const unsigned char> response, x509_st* leaf, x509_st* issuer,
                     WallTime now);

/// Whether a certificate demands a stapled response (RFC 7633).
bool IsStapleDemanded(x509_st* certificate);

}  // namespace gaikei::io
