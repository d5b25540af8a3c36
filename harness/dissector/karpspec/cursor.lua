-- Reads octets in their order into the tree. Every length is checked here: what goes beyond the end
-- of a payload, or of what was captured, becomes expert information, and reading stops.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local names = karpspec.names
-- What is thrown when reading cannot go on; the tree has the reason by then.
local stop = {}

local Cursor = {}
Cursor.__index = Cursor

-- Over the octets [FROM, TO) of TVB, the fields to stand below TREE. TO may lie behind what was
-- captured of a datagram.
function karpspec.cursor(tvb, from, to, tree)
  return setmetatable({ tvb = tvb, at = from, to = to, tree = tree }, Cursor)
end

-- Calls READ(...) and says whether it came to its end; whatever else goes wrong is passed on.
function karpspec.guarded(read, ...)
  local done, thrown = pcall(read, ...)
  if not done and thrown ~= stop then
    error(thrown, 0)
  end
  return done
end

function Cursor:left()
  return self.to - self.at
end

function Cursor:fail(text)
  self.tree:add_proto_expert_info(karpspec.expert.malformed, text)
  error(stop, 0)
end

-- What there is of the next COUNT octets, up to the cursor's end and that of the capture.
function Cursor:seen(count)
  local captured = self.tvb:captured_len()
  local from = math.min(self.at, captured)
  return self.tvb:range(from, math.min(count, self:left(), captured - from))
end

function Cursor:take(count, what)
  if count > self:left() then
    self:fail(("%s: %d octets are wanted where %d are left"):format(what, count, self:left()))
  end
  if self.at + count > self.tvb:captured_len() then
    self.tree:add_proto_expert_info(karpspec.expert.cut_off, what .. " is cut off by the capture")
    error(stop, 0)
  end
  local range = self.tvb:range(self.at, count)
  self.at = self.at + count
  return range
end

-- The unsigned number of COUNT octets, OFFSET octets from here; nil where there is none.
function Cursor:peek(offset, count)
  local at = self.at + offset
  if at + count > self.to or at + count > self.tvb:captured_len() then
    return nil
  end
  return self.tvb:range(at, count):uint()
end

-- Reads a number of OCTETS, up to 8, into the field NAME. KIND is of `names`, or a table of names.
-- Returns the number (of 8 octets: a UInt64), and its item.
function Cursor:number(name, octets, kind)
  local range = self:take(octets, karpspec.label[name])
  local item = self.tree:add(karpspec.field[name], range)
  if octets > 4 then
    return range:uint64(), item
  end
  local number = range:uint()
  local text = kind and (names[kind] or kind)[number]
  if text then
    item:set_text(("%s: %s (%d)"):format(karpspec.label[name], text, number))
  end
  return number, item
end

-- Reads COUNT octets, or all that are left, into the field NAME. Returns their range and item; of
-- no octets there is no item.
function Cursor:octets(name, count)
  local range = self:take(count or self:left(), karpspec.label[name])
  return range, range:len() > 0 and self.tree:add(karpspec.field[name], range) or nil
end

-- Reads a text, its length (2) first, into the field NAME (P-253). Returns the text.
function Cursor:text(name)
  local length = self:peek(0, 2)
  local range = self:take(2 + (length or 0), karpspec.label[name])
  local text = length > 0 and range:range(2, length):string() or ""
  self.tree:add(karpspec.field[name], range, text)
  return text
end

-- Shows the octets of RANGE, 4 or 16, as an address below ITEM. Returns its text, or nil where
-- they are no address.
function karpspec.show_address(item, range)
  if range:len() == 4 then
    item:add(karpspec.field["ipv4"], range)
    return tostring(range:ipv4())
  elseif range:len() == 16 then
    item:add(karpspec.field["ipv6"], range)
    return tostring(range:ipv6())
  end
  return nil
end

-- A cursor over the next element: an item of the field NAME that says its whole length in the two
-- octets at OFFSET, and has LEAST octets. TITLE is what its line begins with; VALUE is the field's,
-- where it has one.
function Cursor:element(name, title, offset, least, value)
  local length = self:peek(offset, 2)
  local range = self:seen(length or self:left())
  local field = karpspec.field[name]
  local item = value and self.tree:add(field, range, value) or self.tree:add(field, range)
  item:set_text(title)
  local child = karpspec.cursor(self.tvb, self.at, self.to, item)
  if not length then
    child:take(offset + 2, title)  -- says what is missing
  end
  if length < least then
    child:fail(("%s: length %d, at least %d are wanted"):format(title, length, least))
  end
  if length > self:left() then
    child:fail(("%s: length %d where %d octets are left"):format(title, length, self:left()))
  end
  child.to = self.at + length
  self.at = child.to
  return child
end

-- All must have been read.
function Cursor:finish(what)
  if self:left() > 0 then
    self:fail(("%d octets behind %s"):format(self:left(), what))
  end
end

-- Marks what nobody takes for malformed, and no device takes as it stands.
function Cursor:odd(text)
  self.tree:add_proto_expert_info(karpspec.expert.odd, text)
end
