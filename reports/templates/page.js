(function(){
  "use strict";
  var text=document.getElementById("f-text");
  var selects=Array.prototype.slice.call(document.querySelectorAll(".filters select"));
  var rows=Array.prototype.slice.call(document.querySelectorAll("[data-row]"));
  function wanted(row){
    for(var i=0;i<selects.length;i++){
      var wish=selects[i].value,has=row.getAttribute("data-"+selects[i].name);
      if(wish&&has!==null&&has!=="both"&&has.split(" ").indexOf(wish)<0)return false;
    }
    return !text.value||row.textContent.toLowerCase().indexOf(text.value.toLowerCase())>=0;
  }
  function apply(){
    var seen={};
    rows.forEach(function(row){
      var show=wanted(row),kind=row.getAttribute("data-row");
      row.classList.toggle("hidden",!show);
      seen[kind]=(seen[kind]||0)+(show?1:0);
    });
    document.querySelectorAll("section.group").forEach(function(group){
      group.classList.toggle("hidden",!group.querySelector("[data-row]:not(.hidden)"));
    });
    document.getElementById("shown").textContent=Object.keys(seen).map(function(kind){return seen[kind]+" "+kind;}).join(", ")+" shown";
  }
  function unfold(button,on){
    var part=document.getElementById(button.getAttribute("aria-controls")),row=part.closest("tr");
    button.setAttribute("aria-expanded",on?"true":"false");
    part.hidden=!on;
    row.hidden=!row.querySelector("article:not([hidden])");
  }
  var buttons=Array.prototype.slice.call(document.querySelectorAll("button[aria-controls]"));
  buttons.forEach(function(button){
    button.addEventListener("click",function(){unfold(button,button.getAttribute("aria-expanded")!=="true");});
  });
  function open(){
    var target=document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if(!target)return;
    buttons.forEach(function(button){
      if(button.getAttribute("aria-controls")===target.id||button.closest("tbody")===target)unfold(button,true);
    });
    if(target.closest(".hidden")){
      selects.forEach(function(select){select.value="";});
      text.value="";
      apply();
    }
    if(target.tagName==="DETAILS")target.open=true;
    target.scrollIntoView();
  }
  selects.forEach(function(select){select.addEventListener("change",apply);});
  text.addEventListener("input",apply);
  var asked=new URLSearchParams(location.search);
  selects.forEach(function(select){if(asked.get(select.name))select.value=asked.get(select.name);});
  if(asked.get("text"))text.value=asked.get("text");
  apply();
  addEventListener("hashchange",open);
  open();
  var closed=[];
  addEventListener("beforeprint",function(){
    closed=[];
    document.querySelectorAll("details.test:not([open])").forEach(function(test){test.open=true;closed.push(function(){test.open=false;});});
    buttons.forEach(function(button){
      // Of a comparison, whose cells say the same many times, what is bad.
      if(button.getAttribute("aria-expanded")==="true"||!button.hasAttribute("data-bad"))return;
      unfold(button,true);
      closed.push(function(){unfold(button,false);});
    });
  });
  addEventListener("afterprint",function(){closed.forEach(function(close){close();});closed=[];});
})();
