#include "checks/http/digest_auth.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/io/http/response_head.h"
#include "checks/io/tls/digest.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// What would end our own field and begin another.
bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

/// Longest field that is looked into.
constexpr std::size_t kFieldLimit = 8192;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsTokenEnd(char c) { return IsBlank(c) || c == ',' || c == '=' || c == '"'; }

/// Reads `1#challenge` (RFC 9110, 11.6.1) piece by piece.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text.substr(0, kFieldLimit)) {}

  void SkipBlanks() {
    while (!rest_.empty() && IsBlank(rest_.front())) rest_.remove_prefix(1);
  }
  void SkipSeparators() {
    while (!rest_.empty() && (IsBlank(rest_.front()) || rest_.front() == ',')) {
      rest_.remove_prefix(1);
    }
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view Token() {
    std::size_t size = 0;
    while (size < rest_.size() && !IsTokenEnd(rest_[size])) ++size;
    const std::string_view token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }
  /// A token, or what stands between quotation marks.
  std::string Value() {
    if (!Take('"')) return std::string(Token());
    std::string value;
    while (!rest_.empty() && !Take('"')) {
      if (Take('\\') && rest_.empty()) break;
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    return value;
  }
  /// token68 (RFC 9110, 11.2) is nothing we read: it is passed over.
  void SkipToComma() { rest_.remove_prefix(std::min(rest_.find(','), rest_.size())); }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// One challenge as it was read, before anybody has judged it.
struct Parameters {
  DigestChallenge challenge;
  bool knows_algorithm = true;
  bool has_other_qop = false;
};

void ReadQop(std::string_view list, Parameters& read) {
  FieldReader reader(list);
  for (reader.SkipSeparators(); !reader.AtEnd(); reader.SkipSeparators()) {
    const std::string_view name = reader.Token();
    if (name.empty()) return;
    (io::EqualsIgnoringCase(name, "auth") ? read.challenge.has_qop : read.has_other_qop) = true;
  }
}

void ReadAlgorithm(std::string_view name, Parameters& read) {
  read.challenge.algorithm = name;
  const auto is = [name](std::string_view known) { return io::EqualsIgnoringCase(name, known); };
  read.challenge.is_session = is("MD5-sess") || is("SHA-256-sess");
  read.challenge.is_sha256 = is("SHA-256") || is("SHA-256-sess");
  read.knows_algorithm = read.challenge.is_sha256 || is("MD5") || is("MD5-sess");
}

void Keep(std::string_view name, std::string value, Parameters& read) {
  DigestChallenge& challenge = read.challenge;
  const auto is = [name](std::string_view known) { return io::EqualsIgnoringCase(name, known); };
  if (is("realm")) {
    challenge.realm = std::move(value);
  } else if (is("nonce")) {
    challenge.nonce = std::move(value);
  } else if (is("opaque")) {
    challenge.opaque = std::move(value);
  } else if (is("algorithm")) {
    ReadAlgorithm(value, read);
  } else if (is("qop")) {
    ReadQop(value, read);
  } else if (is("stale")) {
    challenge.is_stale = io::EqualsIgnoringCase(value, "true");
  } else if (is("userhash")) {
    challenge.hashes_user = io::EqualsIgnoringCase(value, "true");
  }
}

/// Every Digest challenge of one field.
std::vector<Parameters> ReadField(std::string_view text) {
  std::vector<Parameters> all;
  bool is_digest = false;
  FieldReader reader(text);
  for (reader.SkipSeparators(); !reader.AtEnd(); reader.SkipSeparators()) {
    const std::string_view name = reader.Token();
    reader.SkipBlanks();
    if (name.empty() || !reader.Take('=')) {
      // Not a parameter: the name of the next scheme, or nothing that can be read.
      is_digest = io::EqualsIgnoringCase(name, "Digest");
      if (is_digest) all.emplace_back();
      if (name.empty()) reader.SkipToComma();
      continue;
    }
    reader.SkipBlanks();
    std::string value = reader.Value();
    if (is_digest) Keep(name, std::move(value), all.back());
  }
  return all;
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// RFC 7616, 3.4.1 to 3.4.3, each hash as hexadecimal text.
class Hasher {
 public:
  explicit Hasher(bool is_sha256) : is_sha256_(is_sha256) {}
  std::string operator()(std::string_view text) const {
    return io::EncodeHex(is_sha256_ ? io::Sha256(text) : io::Md5(text));
  }

 private:
  bool is_sha256_;
};

}  // namespace

std::optional<DigestChallenge> FindDigestChallenge(
    const std::vector<std::pair<std::string, std::string>>& fields, std::string& why) {
  std::optional<DigestChallenge> best;
  why = "it asks for no digest authentication";
  for (const auto& [name, value] : fields) {
    if (!io::EqualsIgnoringCase(name, "www-authenticate")) continue;
    for (Parameters& read : ReadField(value)) {
      if (!read.knows_algorithm) {
        why = "it asks for digest authentication by " + Escape(read.challenge.algorithm, 40);
      } else if (read.has_other_qop && !read.challenge.has_qop) {
        why = "it asks for digest authentication without qop=auth";
      } else if (read.challenge.nonce.empty()) {
        why = "it asks for digest authentication without a nonce";
      } else if (HasControl(read.challenge.realm + read.challenge.nonce + read.challenge.opaque)) {
        why = "its challenge for digest authentication has control characters";
      } else if (!best || (read.challenge.is_sha256 && !best->is_sha256)) {
        best = std::move(read.challenge);
      }
    }
  }
  return best;
}

Secret AnswerDigest(const DigestChallenge& challenge, const DigestRequest& request) {
  const Hasher hash(challenge.is_sha256);
  const std::string user(request.user.Reveal());
  std::string a1 = fmt::format("{}:{}:{}", user, challenge.realm, request.password.Reveal());
  if (challenge.is_session) {
    a1 = fmt::format("{}:{}:{}", hash(a1), challenge.nonce, request.cnonce);
  }
  const std::string a2 = fmt::format("{}:{}", request.method, request.uri);
  const std::string count = fmt::format("{:08x}", request.count);
  const std::string middle =
      challenge.has_qop ? fmt::format("{}:{}:{}:auth", challenge.nonce, count, request.cnonce)
                        : challenge.nonce;
  const std::string response = hash(fmt::format("{}:{}:{}", hash(a1), middle, hash(a2)));

  std::string value =
      fmt::format("Digest username={}, realm={}, nonce={}, uri={}, response=\"{}\"",
                  Quote(challenge.hashes_user ? hash(user + ":" + challenge.realm) : user),
                  Quote(challenge.realm), Quote(challenge.nonce), Quote(request.uri), response);
  if (!challenge.algorithm.empty()) value += ", algorithm=" + challenge.algorithm;
  if (!challenge.opaque.empty()) value += ", opaque=" + Quote(challenge.opaque);
  if (challenge.has_qop) value += fmt::format(", qop=auth, nc={}", count);
  if (challenge.has_qop || challenge.is_session) value += ", cnonce=" + Quote(request.cnonce);
  if (challenge.hashes_user) value += ", userhash=true";
  return Secret(std::move(value));
}

}  // namespace gaikei
