document.body.append("papo");
