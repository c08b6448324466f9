#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

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
  };
  /// `items[0].id`, `[2]`, `[0].name`; the empty path is the whole. A number stays one; a text is
  /// itself; true, false and null are these words; an array or an object is compact JSON.
  std::variant<None, double, std::string> Find(std::string_view path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
