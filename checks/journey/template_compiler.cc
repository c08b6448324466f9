#include <algorithm>
#include <optional>
#include <utility>

#include "checks/journey/template.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kTemplateLimit = 8 * 1024 * 1024;

/// How a reference is written: plainly, or as a form's encoding writes it.
struct Spelling {
  std::string_view open;
  std::string_view close;
  std::string_view escaped;  ///< stands for `open` itself
};
constexpr Spelling kPlain{"${", "}", "$${"};
constexpr Spelling kEncoded{"%24%7B", "%7D", "%24%24%7B"};

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'a' && b <= 'z' ? static_cast<char>(b - 'a' + 'A') : b);
         });
}

/// Where `close` is in `text`, in either case; npos: nowhere.
std::size_t FindClose(std::string_view text, std::string_view close) {
  for (std::size_t i = 0; i + close.size() <= text.size(); ++i) {
    if (BeginsWith(text.substr(i), close)) return i;
  }
  return std::string_view::npos;
}

}  // namespace

/// Reads a text from left to right.
class TemplateCompiler {
 public:
  TemplateCompiler(std::string_view text, Place place, bool is_secret)
      : text_(text), is_secret_(is_secret) {
    made_.place_ = place;
    made_.is_secret_ = is_secret;
    if (place == Place::kMultipart && text.starts_with("--")) {
      made_.boundary_ = text.substr(0, text.find("\r\n"));
    }
  }

  tl::expected<Template, TemplateError> Run() {
    if (text_.size() > kTemplateLimit) {
      return tl::unexpected(TemplateError{kTemplateLimit, "the text is longer than 8 MiB"});
    }
    while (at_ < text_.size()) {
      if (auto error = Step()) return tl::unexpected(std::move(*error));
    }
    if (!literal_.empty()) Close({}, Template::Encoding::kAsItIs);
    return std::move(made_);
  }

 private:
  using Encoding = Template::Encoding;
  using Problem = std::optional<TemplateError>;

  Problem Step() {
    const std::string_view rest = text_.substr(at_);
    for (const Spelling& spelling : {kPlain, kEncoded}) {
      if (spelling.open == kEncoded.open && made_.place_ != Place::kForm) break;
      if (BeginsWith(rest, spelling.escaped)) {
        Take(spelling.open);
        at_ += spelling.escaped.size();
        return std::nullopt;
      }
      if (BeginsWith(rest, spelling.open)) return TakeReference(spelling);
    }
    Take(rest.substr(0, 1));
    ++at_;
    return std::nullopt;
  }

  Problem TakeReference(const Spelling& spelling) {
    const std::size_t begin = at_;
    const std::string_view behind = text_.substr(at_ + spelling.open.size());
    const std::size_t end = FindClose(behind, spelling.close);
    if (end == std::string_view::npos) {
      return TemplateError{begin, "${ without its }; a literal ${ is written $${"};
    }
    const std::string_view name = behind.substr(0, end);
    if (name.empty()) return TemplateError{begin, "${} names nothing"};
    if (!IsVariableName(name) && !IsBuiltIn(name)) return BadName(begin, name);
    at_ += spelling.open.size() + end + spelling.close.size();
    auto encoding = EncodingHere();
    if (!encoding) return TemplateError{begin, std::move(encoding.error())};
    made_.references_.push_back({std::string(name), begin});
    Close(name, *encoding);
    // What follows is looked at as though a letter stood here.
    so_far_ += 'x';
    return std::nullopt;
  }

  Problem BadName(std::size_t begin, std::string_view name) const {
    if (name.starts_with("random")) {
      return TemplateError{begin, "random takes a length from 1 to 64: ${random.8}"};
    }
    // A secret text may have anything between braces.
    const std::string shown = is_secret_ ? "..." : Escape(name, 40);
    return TemplateError{begin, "${" + shown +
                                    "} is no name of a value: a to z, 0 to 9 and _, "
                                    "no digit first"};
  }

  void Take(std::string_view literal) {
    literal_ += literal;
    for (const char c : literal) Follow(c);
  }

  /// Keeps what the place of the next value hangs on.
  void Follow(char c) {
    if (made_.place_ == Place::kUrl || made_.place_ == Place::kMultipart) so_far_ += c;
    if (made_.place_ != Place::kJson) return;
    if (!is_in_string_) {
      is_in_string_ = c == '"';
    } else if (is_escaped_) {
      is_escaped_ = false;
    } else {
      is_escaped_ = c == '\\';
      is_in_string_ = c != '"';
    }
  }

  void Close(std::string_view name, Encoding encoding) {
    made_.pieces_.push_back(
        {Secret(std::exchange(literal_, {}), is_secret_), std::string(name), encoding});
  }

  tl::expected<Encoding, std::string> EncodingHere() const {
    switch (made_.place_) {
      case Place::kUrl:
        return InUrl();
      case Place::kHeader:
        return Encoding::kLine;
      case Place::kJson:
        if (is_escaped_) return tl::unexpected(std::string("a value cannot follow a backslash"));
        return is_in_string_ ? Encoding::kJson : Encoding::kJsonBare;
      case Place::kForm:
        return Encoding::kForm;
      case Place::kMultipart:
        return InMultipart();
      case Place::kRaw:
        break;
    }
    return Encoding::kAsItIs;
  }

  tl::expected<Encoding, std::string> InUrl() const {
    if (made_.pieces_.empty() && literal_.empty()) {
      const std::string_view behind = text_.substr(at_);
      if (behind.empty() || std::string_view("/?#").find(behind.front()) != std::string_view::npos)
        return Encoding::kWholeUrl;
      return tl::unexpected(
          std::string("a value that begins a URL is its scheme and host: only a path can follow"));
    }
    const bool begins_with_value = !made_.pieces_.empty() && made_.pieces_[0].text.empty();
    std::string_view behind_scheme = so_far_;
    if (!begins_with_value) {
      const std::size_t scheme = so_far_.find("://");
      if (scheme == std::string::npos) {
        return tl::unexpected(std::string("no value can stand in the scheme of a URL"));
      }
      behind_scheme.remove_prefix(scheme + 3);
    }
    const std::size_t end = behind_scheme.find_first_of("/?#");
    if (end == std::string_view::npos && !begins_with_value) return InAuthority(behind_scheme);
    const bool is_path = behind_scheme.find_first_of("?#") == std::string_view::npos;
    return is_path ? Encoding::kSegment : Encoding::kPercent;
  }

  /// `so_far`: of the authority (RFC 3986, 3.2), up to here.
  Encoding InAuthority(std::string_view so_far) const {
    const std::string_view behind = text_.substr(at_);
    const std::string_view rest = behind.substr(0, behind.find_first_of("/?#"));
    if (rest.find('@') != std::string_view::npos) return Encoding::kPercent;
    const std::string_view host = so_far.substr(so_far.rfind('@') + 1);
    // An IPv6 address has colons inside its brackets.
    const std::size_t bracket = host.rfind(']');
    const bool is_port =
        host.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
    return is_port ? Encoding::kPort : Encoding::kHost;
  }

  Encoding InMultipart() const {
    if (made_.boundary_.empty()) return Encoding::kAsItIs;
    const std::size_t part = so_far_.rfind(made_.boundary_);
    return so_far_.find("\r\n\r\n", part) == std::string::npos ? Encoding::kPartHeader
                                                               : Encoding::kAsItIs;
  }

  std::string_view text_;
  bool is_secret_;
  std::size_t at_ = 0;
  std::string literal_;  ///< since the last value
  std::string so_far_;   ///< of a URL or a multipart body, a letter for every value
  bool is_in_string_ = false;
  bool is_escaped_ = false;
  Template made_;
};

tl::expected<Template, TemplateError> Template::Compile(std::string_view text, Place place,
                                                        bool is_secret) {
  return TemplateCompiler(text, place, is_secret).Run();
}

}  // namespace gaikei
