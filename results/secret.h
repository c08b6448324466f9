#pragma once

#include <string>
#include <string_view>

namespace gaikei {

/// A text that may be secret: no stream operator, no implicit conversion, wiped on destruction. It
/// can be read through Reveal() alone, which is easy to search for.
class Secret {
 public:
  Secret() = default;
  /// `is_secret` false: an ordinary text in a place where a secret may stand.
  explicit Secret(std::string value, bool is_secret = true);
  ~Secret();
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret&);
  Secret& operator=(Secret&& other) noexcept;

  std::string_view Reveal() const { return value_; }
  const char* RevealCStr() const { return value_.c_str(); }
  bool is_secret() const { return is_secret_; }
  bool empty() const { return value_.empty(); }
  /// What may be shown: the text itself when it is no secret, else "<secret>".
  std::string_view Shown() const { return is_secret_ ? std::string_view("<secret>") : value_; }

 private:
  std::string value_;
  bool is_secret_ = false;
};

/// True for the name of a header field whose value gives access to something: Cookie, Set-Cookie,
/// Authorization and their like. Such a value is shown as "<secret>".
bool IsCredentialHeader(std::string_view name);

}  // namespace gaikei
