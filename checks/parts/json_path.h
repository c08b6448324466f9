#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace gaikei {

/// A JSON document that a target sent, looked into by path. Never throws; depth is bounded to 64.
class JsonDocument {
 public:
  explicit JsonDocument(std::string_view text);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  /// Why there is nothing at the path.
  struct None {
    std::string why;
    bool is_untold = false;  ///< there is no document to tell it from
  };
  struct Null {};
  /// An array or an object.
  struct Whole {
    std::string text;  ///< compact JSON
  };
  using Found = std::variant<None, double, std::string, bool, Null, Whole>;

  /// `items[0].id`, `[2]`, `["a key"].b`; the empty path is the whole. The syntax is that of
  /// checks/expect/json_path_syntax.h; what breaks it is nothing, and so is one with `[*]`.
  ///
  /// `length` without quotes at the end is the number of elements of an array, of characters of a
  /// string, and of members of an object that has none of this name.
  Found Find(std::string_view path) const;

  /// What a path with `[*]` leads to, in the order of the document (members by name).
  struct Many {
    std::vector<Found> values;  ///< none of them None
    std::size_t missing = 0;    ///< elements in which the rest of the path leads nowhere
    None none;  ///< why there is no value at all, or why not all could be looked at (is_untold)
  };
  /// At most 10,000 values: where there are more, none are given and `none` is untold.
  Many FindAll(std::string_view path) const;
  /// The same as a text: a number as exactly as it was read, a string without its quotes, an array
  /// or an object as compact JSON; null is nothing. The error says why there is none.
  tl::expected<std::string, std::string> Text(std::string_view path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
