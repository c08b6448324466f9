#include "probe/config/body_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "probe/config/headers.h"
#include "probe/config/multipart.h"
#include "probe/config/secrets.h"
#include "results/http_text.h"
#include "results/json.h"

namespace gaikei {
namespace {

/// Builds a body out of values that may be secrets, and remembers whether one was.
class BodyBuilder {
 public:
  explicit BodyBuilder(ErrorList& errors) : errors_(errors) {}

  bool has_secret() const { return has_secret_; }

  OrderedJson ToJson(const Node& node) {
    if (IsSecretReference(node)) return Text(node);
    switch (node.kind) {
      case NodeKind::kTable: {
        OrderedJson object = OrderedJson::object();
        for (const Node& child : node.children) object[child.key] = ToJson(child);
        return object;
      }
      case NodeKind::kArray: {
        OrderedJson array = OrderedJson::array();
        for (const Node& child : node.children) array.push_back(ToJson(child));
        return array;
      }
      case NodeKind::kString:
      case NodeKind::kDate:
        return Text(node);
      case NodeKind::kInteger:
        return node.integer;
      case NodeKind::kBoolean:
        return node.boolean;
      case NodeKind::kNumber:
        if (std::isfinite(node.number)) return node.number;
        errors_.Add(node.position, "JSON has no infinity and no NaN");
        return nullptr;
    }
    return nullptr;
  }

  /// "name=value" pairs joined by "&"; an array gives its name several times.
  std::string ToForm(const Node& table) {
    std::string form;
    for (const Node& field : table.children) {
      if (field.kind == NodeKind::kArray) {
        for (const Node& value : field.children) AddPair(field.key, value, form);
      } else {
        AddPair(field.key, field, form);
      }
    }
    return form;
  }

 private:
  std::string Text(const Node& node) {
    if (!IsSecretReference(node)) return node.text;
    has_secret_ = true;
    const auto secret = FetchSecret(node, errors_);
    return secret ? std::string(secret->Reveal()) : std::string();
  }

  void AddPair(const std::string& name, const Node& value, std::string& form) {
    std::string text;
    if (value.kind == NodeKind::kInteger || value.kind == NodeKind::kBoolean ||
        value.kind == NodeKind::kNumber) {
      text = JsonText(ToJson(value));
    } else if (value.kind == NodeKind::kString || value.kind == NodeKind::kDate ||
               IsSecretReference(value)) {
      text = Text(value);
    } else {
      errors_.Add(value.position, fmt::format("expected a string, a number or a secret, found {}",
                                              WithArticle(value.kind)));
      return;
    }
    if (!form.empty()) form += '&';
    form += FormEncoded(name);
    form += '=';
    form += FormEncoded(text);
  }

  ErrorList& errors_;
  bool has_secret_ = false;
};

void SetBody(Secret body, BodyFormat format, std::string_view type, HttpOptions& http) {
  http.body = std::move(body);
  http.has_body = true;
  http.body_format = format;
  const bool has_type = std::any_of(
      http.headers.begin(), http.headers.end(),
      [](const auto& header) { return EqualsIgnoringCase(header.first, "Content-Type"); });
  if (!has_type) http.headers.emplace_back("Content-Type", Secret(std::string(type), false));
}

/// An error for each of `nodes` but the one that is given first.
void RefuseSeveral(TableReader& reader, std::initializer_list<const Node*> nodes) {
  const Node* first = nullptr;
  for (const Node& child : reader.table().children) {
    if (std::find(nodes.begin(), nodes.end(), &child) == nodes.end()) continue;
    if (first == nullptr) {
      first = &child;
    } else {
      reader.errors().Add(child.key_position, fmt::format("{} beside {}: a request has one body",
                                                          child.key, first->key));
    }
  }
}

void ReadRaw(const Node& node, HttpOptions& http, ErrorList& errors) {
  auto body = IsSecretReference(node) ? FetchSecretBytes(node, errors) : TextOrSecret(node, errors);
  if (!body) return;
  http.body = std::move(*body);
  http.has_body = true;
}

/// A multipart body cannot be read without its boundary.
void RefuseOwnType(TableReader& reader, const HttpOptions& http) {
  // Another body beside it has brought its type, which is told already.
  if (reader.table().Find("headers") == nullptr) return;
  const Node* headers = reader.table().Find("headers");
  if (headers == nullptr) return;
  for (const auto& [name, value] : http.headers) {
    if (!EqualsIgnoringCase(name, "Content-Type")) continue;
    reader.errors().Add(headers->key_position,
                        fmt::format("header {} beside multipart, which brings its own", name));
  }
}

}  // namespace

void ReadBody(TableReader& reader, HttpOptions& http) {
  const Node* body = reader.Take("body");
  const Node* json = reader.Take("json");
  const Node* form = reader.Take("form");
  const Node* multipart = reader.Take("multipart");
  ErrorList& errors = reader.errors();
  RefuseSeveral(reader, {body, json, form, multipart});
  if (body != nullptr) ReadRaw(*body, http, errors);
  BodyBuilder builder(errors);
  if (json != nullptr) {
    std::string text = JsonText(builder.ToJson(*json));
    SetBody(Secret(std::move(text), builder.has_secret()), BodyFormat::kJson, "application/json",
            http);
  }
  if (form != nullptr && Expect(*form, NodeKind::kTable, errors)) {
    std::string text = builder.ToForm(*form);
    SetBody(Secret(std::move(text), builder.has_secret()), BodyFormat::kForm,
            "application/x-www-form-urlencoded", http);
  }
  if (multipart != nullptr && Expect(*multipart, NodeKind::kArray, errors)) {
    RefuseOwnType(reader, http);
    Multipart made = ReadMultipart(*multipart, errors);
    SetBody(std::move(made.body), BodyFormat::kMultipart, made.type, http);
  }
}

}  // namespace gaikei
