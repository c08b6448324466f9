#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checks/journey/variables.h"
#include "results/secret.h"

namespace gaikei {

/// Where a text with ${name} stands, which decides how the values are escaped.
enum class Place : std::uint8_t {
  kUrl,        ///< by the part of the URL: see Template
  kHeader,     ///< as it is; CR, LF and NUL are refused
  kJson,       ///< as inside a JSON string, which has to stand around it
  kForm,       ///< application/x-www-form-urlencoded
  kMultipart,  ///< as it is in a part's content; quotes and line ends are encoded in its header
  kRaw,        ///< as it is
};

struct TemplateError {
  std::size_t offset = 0;  ///< byte offset inside the text, from 0
  std::string message;     ///< one line; shows names of variables alone, never other text
};

/// A text with ${name} in it, compiled once at load: immutable, any thread. `$${` is a literal
/// `${`; any other dollar is a dollar.
///
/// In a URL a value is percent-encoded in the path, the query and the fragment, whatever is not
/// unreserved (RFC 3986, 2.3), so that it stays one segment and one value, and in the user and the
/// password; in the host it has to be part of a host name, in the port a number. A text that begins
/// with ${name} takes the beginning of the URL from it, which may be all of it: http or https.
///
/// In a form (which is encoded already) %24%7Bname%7D is ${name} as well. In JSON "${n}" stays a
/// string, whatever the value looks like; outside a string a value has to be a number, true, false
/// or null.
class Template {
 public:
  /// `is_secret`: the text is, so that whatever is made of it is. Errors: an empty name, one that
  /// no variable can have, a `${` without its `}`, a place where no value can stand.
  static tl::expected<Template, TemplateError> Compile(std::string_view text, Place place,
                                                       bool is_secret = false);

  /// A reference, and where it stands.
  struct Reference {
    std::string name;
    std::size_t offset = 0;
  };
  /// In their order, repetitions included.
  const std::vector<Reference>& references() const { return references_; }
  /// Each name once, in their order. The caller knows which of them can be captured.
  std::vector<std::string> Names() const;
  bool HasNames() const { return !references_.empty(); }
  /// A URL whose host hangs on the captured value: `name` begins it or stands in its host. Empty:
  /// the host is fixed.
  std::vector<std::string> HostNames() const;

  /// Fills in the values. The result is secret when the text or a value in it is. The error is one
  /// line that names the variable and shows no value. A URL is at most 8 KiB, anything else 8 MiB.
  tl::expected<Secret, std::string> Expand(const Variables& variables) const;
  /// The text with a harmless value for each name: of a URL that begins with one, http://x/.
  Secret Sample() const;

 private:
  /// What a value has to be made into.
  enum class Encoding : std::uint8_t {
    kAsItIs,
    kPercent,     ///< all but unreserved characters
    kSegment,     ///< the same in the path, where an empty value is refused
    kForm,        ///< the same with + for a blank
    kHost,        ///< refused unless it is part of a host name
    kPort,        ///< refused unless it is a number
    kWholeUrl,    ///< the beginning of an http or https URL
    kLine,        ///< refused with a line end or NUL
    kJson,        ///< escaped for the inside of a JSON string
    kJsonBare,    ///< refused unless it is a JSON number, true, false or null
    kPartHeader,  ///< of multipart: quotes and line ends become %22, %0D, %0A
  };
  struct Piece {
    Secret text;       ///< stands before the value
    std::string name;  ///< empty: there is no value behind the text
    Encoding encoding = Encoding::kAsItIs;
  };
  friend class TemplateCompiler;
  static tl::expected<std::string, std::string> Encode(std::string_view value, Encoding encoding);

  Place place_ = Place::kRaw;
  bool is_secret_ = false;
  std::vector<Piece> pieces_;
  std::vector<Reference> references_;
  std::string boundary_;  ///< of multipart, which no value may hold
};

}  // namespace gaikei
