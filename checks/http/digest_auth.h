#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/secret.h"

namespace gaikei {

/// What a server asks for with `WWW-Authenticate: Digest` (RFC 7616, 3.3), as far as it can be
/// answered here: algorithms MD5 and SHA-256, either with -sess, and qop=auth or none (RFC 2069).
struct DigestChallenge {
  std::string realm;
  std::string nonce;
  std::string opaque;     ///< empty: none was sent
  std::string algorithm;  ///< as it was sent; empty: MD5 is meant
  bool is_sha256 = false;
  bool is_session = false;   ///< the algorithm ends in -sess
  bool has_qop = false;      ///< qop=auth is among what is offered
  bool is_stale = false;     ///< the credentials were good, the nonce was not
  bool hashes_user = false;  ///< userhash=true (RFC 7616, 3.4.4)
};

/// The strongest challenge among the fields of an answer. Absent: none that can be answered; `why`
/// then says so in plain words, escaped.
std::optional<DigestChallenge> FindDigestChallenge(
    const std::vector<std::pair<std::string, std::string>>& fields, std::string& why);

/// Whom the answer to a challenge is for.
struct DigestRequest {
  const Secret& user;
  const Secret& password;
  std::string_view method;
  std::string_view uri;     ///< request target as it is sent
  std::string_view cnonce;  ///< of our own, unpredictable, of characters that need no quoting
  std::uint32_t count = 1;  ///< how often the nonce was used, this time included
};

/// The value of the Authorization field. Pure.
Secret AnswerDigest(const DigestChallenge& challenge, const DigestRequest& request);

}  // namespace gaikei
