#include <fmt/format.h>

#include <charconv>
#include <deque>

#include "probe/config/check_table.h"
#include "probe/config/config.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Builds the table that a configuration would have held, each value with its flag as its source,
/// so that flags and files are validated by the same code.
class FlagTable {
 public:
  FlagTable() { table_.position = table_.key_position = Source("target"); }

  const Node& table() const { return table_; }

  void Add(std::string key, std::string flag, std::string_view text) {
    Node node = String(std::move(flag), text);
    node.key = std::move(key);
    table_.children.push_back(std::move(node));
  }
  void Add(std::string key, std::string flag, const std::optional<std::string>& text) {
    if (text) Add(std::move(key), std::move(flag), std::string_view(*text));
  }
  void AddTrue(std::string key, std::string flag, bool is_given) {
    if (!is_given) return;
    Add(std::move(key), std::move(flag), std::string_view());
    table_.children.back().kind = NodeKind::kBoolean;
    table_.children.back().boolean = true;
  }
  void AddInteger(std::string key, std::string flag, const std::optional<std::string>& text,
                  ErrorList& errors) {
    if (!text) return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size()) {
      errors.Add(Source(std::move(flag)), fmt::format("{} is no integer", Quoted(*text)));
      return;
    }
    Add(std::move(key), std::move(flag), std::string_view());
    table_.children.back().kind = NodeKind::kInteger;
    table_.children.back().integer = value;
  }
  void AddExpressions(std::string key, const std::string& flag,
                      const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    Node array;
    array.kind = NodeKind::kArray;
    array.key = std::move(key);
    array.position = array.key_position = Source(flag);
    for (const std::string& text : texts) {
      array.children.push_back(String(fmt::format("{} '{}'", flag, Escape(text)), text));
    }
    table_.children.push_back(std::move(array));
  }
  /// Several values of one name stay in their order.
  void AddHeaders(const std::vector<std::string>& headers, ErrorList& errors) {
    if (headers.empty()) return;
    Node table;
    table.key = "headers";
    table.position = table.key_position = Source("--header");
    for (const std::string& header : headers) {
      const std::size_t colon = header.find(':');
      // The whole is not shown: it may be a credential.
      if (colon == std::string::npos) {
        errors.Add(table.position, "expected \"Name: value\", found no colon");
        continue;
      }
      std::string_view value = std::string_view(header).substr(colon + 1);
      while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
      Node node = String("--header", value);
      node.key = header.substr(0, colon);
      table.children.push_back(std::move(node));
    }
    table_.children.push_back(std::move(table));
  }

 private:
  Position Source(std::string flag) {
    SourceFile& source = sources_.emplace_back();
    source.name = std::move(flag);
    source.order = static_cast<unsigned>(sources_.size());
    return {&source, 0, 0};
  }
  Node String(std::string flag, std::string_view text) {
    Node node;
    node.kind = NodeKind::kString;
    node.text = text;
    node.position = node.key_position = Source(std::move(flag));
    return node;
  }

  std::deque<SourceFile> sources_;
  Node table_;
};

}  // namespace

tl::expected<CheckSpec, std::vector<std::string>> CheckFromFlags(const CheckFlags& flags) {
  ErrorList errors;
  FlagTable table;
  table.Add("target", "target", std::string_view(flags.target));
  table.AddExpressions("expect", "--expect", flags.expect);
  table.AddExpressions("warn", "--warn", flags.warn);
  table.Add("method", "--method", flags.method);
  table.AddHeaders(flags.headers, errors);
  table.Add("body", "--body", flags.body);
  table.Add("timeout", "--timeout", flags.timeout);
  if (flags.ipv4 && flags.ipv6) {
    errors.Add({"-4", 0, 0, "contradicts -6"}, 0);
  } else if (flags.ipv4 || flags.ipv6) {
    table.Add("family", flags.ipv4 ? "-4" : "-6", std::string_view(flags.ipv4 ? "ipv4" : "ipv6"));
  }
  table.Add("address", "--address", flags.address);
  table.AddTrue("insecure", "--insecure", flags.insecure);
  table.Add("cacert", "--cacert", flags.cacert);
  table.Add("cert", "--cert", flags.cert);
  table.Add("key", "--key", flags.key);
  table.Add("http", "--http", flags.http);
  table.AddInteger("max_redirects", "--max-redirects", flags.max_redirects, errors);
  table.AddTrue("allow_private", "--allow-private", flags.allow_private);
  table.AddTrue("deny_private", "--deny-private", flags.deny_private);

  Defaults defaults;
  defaults.spec.http.user_agent = flags.user_agent;
  const KnownRegions regions;
  ExpressionCompiler expressions;
  CheckContext context{defaults, regions, expressions, errors};
  CheckSpec spec = ReadCheck(table.table(), std::string(), context);
  if (errors.empty()) {
    spec.where = {};
    return spec;
  }
  std::vector<std::string> lines;
  for (const ConfigError& error : errors.Take()) lines.push_back(error.Text());
  return tl::unexpected(std::move(lines));
}

}  // namespace gaikei
