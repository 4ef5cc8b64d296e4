-- One kind of request of many, each with a number of its own: `wrk -s post.lua URL -- METHOD BODY`, in which `@` is the
-- number, and `<<N item>>` stands for N times the item, in which `#` counts from 1.
local threads = 0

function setup(thread)
    thread:set("first", threads * 1000000000)
    threads = threads + 1
end

function init(arguments)
    method, pattern = arguments[1], arguments[2]
    number = first
    failed = 0
end

function request()
    number = number + 1
    local body = pattern:gsub("<<(%d+)(.-)>>", function(count, item)
        local items = {}
        for i = 1, tonumber(count) do items[i] = item:gsub("#", tostring(i)) end
        return table.concat(items, ",")
    end):gsub("@", tostring(number))
    return wrk.format(method, nil, {["Content-Type"] = "application/json"}, body)
end

function response(status)
    if status ~= 200 then failed = failed + 1 end
end
