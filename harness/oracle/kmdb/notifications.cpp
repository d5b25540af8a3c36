#include <algorithm>

#include "oracle/core.h"

// What the client protocols are told, RKMP sections 5.2 and 6, profile P-71 to P-73. Each client is
// told of the rows of those neighbours that it has asked for, and of nothing else.
namespace karpspec::oracle::kmdb {

namespace {

// The oldest are forgotten beyond this.
constexpr std::size_t most_notifications = 10000;

Child* child_of_row(const Peer& peer, const std::string& row) {
  for (const auto& child : peer.children)
    if (child->kind == ChildKind::tcp_ao && child->admin_key_name == row)
      return child.get();
  return nullptr;
}

}  // namespace

const char* to_string(Mode mode) {
  return mode == Mode::rollover ? "rollover" : "initial";
}

void Kmdb::tell(const std::string& client, Notification notification) {
  notification.n = next_n_++;
  notification.time = core_.now;
  notification.client = client;
  if (told_.size() >= most_notifications)
    told_.pop_front();
  told_.push_back(std::move(notification));
}

void Kmdb::tell_all(const Need* need, const Notification& notification) {
  Notification complete = notification;
  if (need != nullptr) {
    complete.peer = need->peer->config.name;
    complete.protocol = need->protocol;
  }
  if (!core_.tunables.kmdb_tells_only_interested) {
    for (const std::string& client : known_clients_)
      tell(client, complete);
    return;
  }
  if (need == nullptr)
    return;
  for (const KeyRequest& request : need->clients) {
    tell(request.client, complete);
    if (!core_.tunables.kmdb_tells_all_interested)
      break;
  }
}

Notification Kmdb::about(const Child& child, std::string kind, std::string text) const {
  Notification result;
  result.kind = std::move(kind);
  result.peer = child.peer->config.name;
  result.protocol = child.protocol;
  result.row = child.admin_key_name;
  const bool rollover =
      (child.rollover || core_.tunables.kmdb_calls_all_rollover) && core_.tunables.kmdb_knows_modes;
  result.mode = rollover ? Mode::rollover : Mode::initial;
  if (const keytable::Row* row = core_.table.find(child.admin_key_name)) {
    result.send_end = row->send_lifetime_end;
    result.accept_end = row->accept_lifetime_end;
  }
  result.text = std::move(text);
  return result;
}

void Kmdb::tell_what_stands(const Need& need, const std::string& client) {
  for (const auto& child : need.peer->children) {
    if (child->kind != ChildKind::tcp_ao || child->protocol != need.protocol || child->purged)
      continue;
    tell(client, about(*child, "key-installed", "it stands"));
    if (child->state == Child::State::replaced)
      tell(client, about(*child, "key-replaced", "a newer key has taken its place"));
    if (child->state == Child::State::withdrawn)
      tell(client, about(*child, "key-expiring", "the peer has withdrawn the key"));
  }
}

void Kmdb::on_event(const std::string& kind, const std::string& text,
                    const std::map<std::string, std::string>& fields) {
  if (needs_.empty())
    return;
  const auto peer_name = fields.find("peer");
  const Peer* peer = peer_name == fields.end() ? nullptr : core_.find_peer(peer_name->second);
  if (peer == nullptr)
    return;
  if (!kind.starts_with("key-")) {
    const bool silence = kind == "gave-up";
    if (!silence && kind != "child-refused" && kind != "peer-refused" && kind != "error-received")
      return;
    for (const auto& need : needs_)
      if (need->peer == peer && (need->trying || need->replacing != 0) &&
          (need->last_error.empty() || !silence)) {
        need->last_error = text;
        need->no_answer = silence;
      }
    return;
  }
  const auto row = fields.find("row");
  Child* child = row == fields.end() ? nullptr : child_of_row(*peer, row->second);
  if (child == nullptr)
    return;
  const Need* need = find(*peer, child->protocol);
  if (kind == "key-installed")
    child->rollover = fields.contains("replaces");
  const Tunables& tunables = core_.tunables;
  const bool told = kind == "key-installed"  ? tunables.kmdb_tells_installs
                    : kind == "key-replaced" ? tunables.kmdb_tells_rollovers
                    : kind == "key-expiring" ? tunables.kmdb_tells_withdrawals
                                             : tunables.kmdb_tells_removals;
  if (told)
    tell_all(need, about(*child, kind, text));
}

std::vector<Notification> Kmdb::notifications(std::string_view client, std::uint64_t since) const {
  std::vector<Notification> result;
  for (const Notification& one : told_)
    if (one.n > since && (client.empty() || one.client == client))
      result.push_back(one);
  if (!core_.tunables.kmdb_in_order)
    std::reverse(result.begin(), result.end());
  return result;
}

}  // namespace karpspec::oracle::kmdb
