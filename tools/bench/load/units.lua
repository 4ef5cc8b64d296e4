-- Asks about another unit each time. Argument: the path, up to the unit.
local path, count

function init(arguments)
    path, count = arguments[1], 0
end

function request()
    count = count + 1
    return wrk.format("GET", path .. "customer_" .. count)
end
